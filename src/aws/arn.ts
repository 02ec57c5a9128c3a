/** The parts of `arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE`. */
export interface Arn {
  readonly partition: string
  readonly service: string
  readonly region: string
  readonly account: string
  readonly resource: string
}

/** An ARN taken apart; undefined when the text is none. */
export function parseArn(text: string): Arn | undefined {
  const found = /^arn:([^:]+):([^:]+):([^:]*):([^:]*):(.+)$/.exec(text)
  if (found === null) return undefined
  const [, partition = '', service = '', region = '', account = '', resource = ''] = found
  return { partition, service, region, account, resource }
}

/**
 * The name under which a session of an assumed role shows up in CloudTrail, `devk8s-anna`: at most 64 characters of
 * those that STS allows (facts aws, 11).
 */
export function sessionNameOf(user: string | undefined): string {
  const plain = (user ?? '').replaceAll(/[^\w+=,.@-]/g, '-')
  return `devk8s${plain === '' ? '' : `-${plain}`}`.slice(0, 64)
}

/** What STS allows through role chaining, which is all that a laptop does with a role. */
const leastSeconds = 900
const mostSeconds = 3_600

/** How long a session of an assumed role is asked for: 15 minutes unless told, never beyond an hour. */
export function sessionSecondsOf(wanted: number | undefined): number {
  return Math.min(Math.max(Math.round(wanted ?? leastSeconds), leastSeconds), mostSeconds)
}
