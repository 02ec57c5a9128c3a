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

/** What STS allows: for roles through chaining, for roles at all, and for sessions of one's own (STS reference). */
const leastSeconds = 900
const mostSeconds = 3_600
const mostRoleSeconds = 43_200
const mostOwnSeconds = 129_600

/** How long a session of an assumed role is asked for: 15 minutes unless told, never beyond an hour. */
export function sessionSecondsOf(wanted: number | undefined): number {
  return clamped(wanted ?? leastSeconds, mostSeconds)
}

/** A role's session that leaves this machine: an hour unless told, never beyond twelve. */
export function roleSecondsOf(wanted: number | undefined): number {
  return clamped(wanted ?? mostSeconds, mostRoleSeconds)
}

/** A GetSessionToken session: twelve hours unless told, never beyond thirty-six. */
export function ownSecondsOf(wanted: number | undefined): number {
  return clamped(wanted ?? mostRoleSeconds, mostOwnSeconds)
}

/** What is asked for instead when STS says that it was too long; undefined when it was not. */
export function shorterSeconds(message: string, asked: number): number | undefined {
  // Told as ValidationError like everything that is wrong with a request; only the text says which it is (facts aws, 7).
  const isTooLong = /exceeds the (?:1 hour session limit|MaxSessionDuration)/i.test(message)
  return isTooLong && asked > mostSeconds ? mostSeconds : undefined
}

const clamped = (seconds: number, most: number) => Math.min(Math.max(Math.round(seconds), leastSeconds), most)
