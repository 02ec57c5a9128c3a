/** 0 done · 1 a step failed · 2 usage or profile · 3 changes needed · 4 a person must act · 5 declined · 6 locked · 70 our bug */
export type ExitCode = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 70 | 130 | 143

/** A registry entry: what every occurrence of one problem has in common. */
export interface ProblemKind {
  /** `DK` and four digits; never reused. Families: 1 tools, 2 profile, 3 cluster, 4 Kubernetes API and
   * kubeconfig, 5 AWS, 6 host, 7 network, 8 lock, state and questions, 9 bugs. */
  readonly code: `DK${number}`
  readonly title: string
  readonly exit: ExitCode
  /** Why it matters and the way out in general, one or two sentences; becomes the page's text. */
  readonly hint: string
}

/** Where in a file a fault lies; both count from 1. */
export interface Place {
  readonly file: string
  readonly line?: number
  readonly column?: number
}

/** Text that belongs somewhere else, such as a statement of a policy. */
export interface Paste {
  /** Where to: `the trust policy of arn:…`. */
  readonly into: string
  /** Shown whole and never wrapped, so its lines are to be short. */
  readonly text: string
}

/** One occurrence. Holds no secret. */
export interface Problem extends ProblemKind {
  /** What happened here, with the offending value. */
  readonly detail: string
  /** Commands to paste, first the best. Those of devk8s itself must parse. */
  readonly next: readonly string[]
  readonly place?: Place
  /** The last words of a failed tool, already free of secrets. */
  readonly evidence?: readonly string[]
  readonly paste?: Paste
}

export interface Occurrence {
  readonly detail: string
  readonly next?: readonly string[]
  readonly place?: Place
  readonly evidence?: readonly string[]
  readonly paste?: Paste
}

export function problem(kind: ProblemKind, occurrence: Occurrence): Problem {
  return { ...kind, next: [], ...occurrence }
}

const brand = Symbol.for('devk8s.problem')

/** The one error class: carries one or several problems. Known by a brand, so two loaded copies agree. */
export class DevK8sError extends Error {
  override readonly name = 'DevK8sError'
  readonly problems: readonly [Problem, ...Problem[]]
  readonly [brand] = true

  constructor(first: Problem | readonly [Problem, ...Problem[]], options?: ErrorOptions) {
    const problems = Array.isArray(first)
      ? (first as readonly [Problem, ...Problem[]])
      : ([first] as [Problem])
    super(problems.map((each) => `${each.code} ${each.title}: ${each.detail}`).join('\n'), options)
    this.problems = problems
  }
}

export function isDevK8sError(error: unknown): error is DevK8sError {
  return typeof error === 'object' && error !== null && brand in error
}

/** Raises one problem. */
export function fail(kind: ProblemKind, occurrence: Occurrence, cause?: unknown): never {
  throw new DevK8sError(problem(kind, occurrence), cause === undefined ? undefined : { cause })
}
