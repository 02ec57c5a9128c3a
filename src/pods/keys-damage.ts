import type { Secret } from '../ports/secret.ts'
import type { LiveKeys, SessionKeys } from './keys-secret.ts'

/** Whether every value is there; what is in them only AWS can tell. */
export const isWhole = ({ accessKeyId, secretAccessKey, sessionToken }: SessionKeys): boolean =>
  accessKeyId !== '' && !holds(secretAccessKey, '') && !holds(sessionToken, '')

/** Whether all of these keys are the same, and not their id alone. */
export const isSameSession = (a: SessionKeys, b: SessionKeys): boolean =>
  a.accessKeyId === b.accessKeyId &&
  isSame(a.secretAccessKey, b.secretAccessKey) &&
  isSame(a.sessionToken, b.sessionToken)

/**
 * Whether a Secret holds this session with values that are not its own: no program can sign in with it, so nobody loses
 * anything when it is written over, whoever has edited it.
 */
export const isTorn = (keys: LiveKeys | undefined, session: SessionKeys): boolean =>
  keys?.session?.accessKeyId === session.accessKeyId && !isSameSession(keys.session, session)

/** Only the answer gets out of the secret. */
function holds(secret: Secret, wanted: string): boolean {
  let does = false
  secret.map((text) => {
    does = text === wanted
    return ''
  })
  return does
}

function isSame(a: Secret, b: Secret): boolean {
  let are = false
  a.with(b, (one, other) => {
    are = one === other
    return ''
  })
  return are
}
