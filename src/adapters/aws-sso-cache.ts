import { createHash } from 'node:crypto'
import { join } from 'node:path'
import type { SsoStart } from '../ports/aws.ts'

/** Where the AWS CLI and all SDKs look for the token of a sign-in. Nothing but the home folder moves it. */
export function ssoCachePath(
  home: string,
  { session, startUrl }: Pick<SsoStart, 'session' | 'startUrl'>,
): string {
  const name = createHash('sha1')
    .update(session ?? startUrl)
    .digest('hex')
  return join(home, '.aws', 'sso', 'cache', `${name}.json`)
}
