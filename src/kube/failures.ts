// The one place that reads kubectl's English. kubectl exits 1 for every failure (recorded, kubectl/README
// clause 12) and has no machine-readable error, so its prefixes are all there is. Recorded with v1.27.16 and
// v1.33.1; the numbers below are theirs. Whatever is not recognised becomes DK4011 with its last words.
import type { Ran } from '../ports/exec.ts'
import {
  apiUnreachable,
  apiSilent,
  apiNotTrusted,
  apiUnauthorized,
  apiForbidden,
  objectNotFound,
  fieldsManaged,
  objectInvalid,
  kindUnknown,
  apiFailed,
  kubectlFailed,
  kubectlInterrupted,
  kubectlConfigUnusable,
} from '../problems/kubernetes.ts'
import type { Problem, ProblemKind } from '../problems/problem.ts'
import { problem } from '../problems/problem.ts'
import { programMissing } from '../problems/tools.ts'
import type { KubectlTarget } from './object.ts'

/** First match wins. `apply` hides the cause behind OpenAPI validation in v1.33 (201, 221), so causes are looked for anywhere in the line. */
const known: readonly (readonly [RegExp, ProblemKind])[] = [
  // 034, 036, 041
  [/^(error: )?Apply failed with \d+ conflicts?: /, fieldsManaged],
  // 042 "The ConfigMap "x" is invalid: ...", 054; 051-053 and 055 are status 500 without a reason
  [
    /^The .+ is invalid: |^Error from server \((Invalid|BadRequest)\)|failed to create typed patch object/,
    objectInvalid,
  ],
  // What the server itself says comes before words of transport: a webhook's "connection refused" is inside one.
  // 260-274, 307, 310; 114
  [
    /^Error from server \((ServiceUnavailable|TooManyRequests|InternalError|Timeout|ServerTimeout)\)/,
    apiFailed,
  ],
  [/^Error from server \((Conflict|AlreadyExists)\)|failed calling webhook/, apiFailed],
  [/^Error from server \(Unauthorized\)/, apiUnauthorized],
  // 205-219, 250
  [/^Error from server \(Forbidden\)/, apiForbidden],
  // 017, 049, 107, 275, 276
  [/^Error from server \(NotFound\)/, objectNotFound],
  // 044, 047, 068; 023 for get
  [/no matches for kind "|^error: the server doesn't have a resource type "/, kindUnknown],
  // 234-236, 246-249
  [
    /error loading config file|context was not found|^error: stat .+: no such file|^Error in configuration/,
    kubectlConfigUnusable,
  ],
  [/unable to load root certificates|failed to find any PEM data/, kubectlConfigUnusable],
  // 240-243, 251
  [/x509: |tls: (expired certificate|bad certificate|unknown certificate)/, apiNotTrusted],
  // 200, 202, 203, 280; 201 through OpenAPI; 204 asks for a user name on stdout and then ends
  [
    /You must be logged in to the server|asked for the client to provide credentials|^error: EOF$/,
    apiUnauthorized,
  ],
  // 207 through OpenAPI
  [/failed to download openapi: unknown;/, apiForbidden],
  // 290-293, 295-297
  [/Client\.Timeout|context deadline exceeded|TLS handshake timeout|i\/o timeout/, apiSilent],
  // 220-227, 232, 233; 230, 231; 244, 245, 303-305, 308, 312; 302
  [/was refused - did you specify the right host|connection refused|no such host/, apiUnreachable],
  [/no route to host|network is unreachable|connection reset by peer|: EOF$|unexpected EOF/, apiUnreachable],
  [/first record does not look like a TLS handshake/, apiUnreachable],
  // 263 through OpenAPI
  [/currently unable to handle the request/, apiFailed],
]

/**
 * The problem behind a kubectl call that did not succeed; undefined for exit 0, whatever is on stderr
 * (recorded 307: noise of a retried discovery).
 */
export function classifyFailure(ran: Ran, target: KubectlTarget): Problem | undefined {
  switch (ran.outcome) {
    case 'not-found':
      return problem(programMissing, {
        detail: `kubectl was not found at ${target.program}.`,
        next: ['devk8s up'],
      })
    case 'timed-out':
      return of(
        apiSilent,
        `kubectl was stopped after ${Math.round(ran.durationMs / 1000)} s without an answer`,
        ran,
      )
    case 'signalled':
      // A terminal's Ctrl-C reaches kubectl by itself, and may be there before ours.
      return of(
        ran.signal === 'SIGINT' ? kubectlInterrupted : kubectlFailed,
        `kubectl was ended by ${ran.signal ?? 'a signal'}`,
        ran,
      )
    case 'aborted':
      return of(kubectlInterrupted, 'kubectl was stopped by the interruption', ran)
    case 'exited':
      return ran.exitCode === 0 ? undefined : exited(ran)
  }
}

function exited(ran: Ran): Problem {
  const lines = meaningful(ran.stderr)
  // The real message is the last of several (recorded 200, 220, 260), except that advice may follow it.
  for (const [pattern, kind] of known) {
    const line = lines.findLast((each) => pattern.test(each))
    if (line !== undefined) return of(kind, line, ran)
  }
  return of(kubectlFailed, lines.at(-1) ?? `kubectl exited ${ran.exitCode} and said nothing`, ran)
}

function of(kind: ProblemKind, message: string, ran: Ran): Problem {
  const detail = kind === fieldsManaged ? conflictDetail(message) : `${shortened(message)}.`
  return problem(kind, {
    detail: detail.replace(/\.\.$/, '.'),
    next: wayOut(kind),
    evidence: meaningful(ran.stderr).slice(-5).map(shortened),
  })
}

/** What to run next: `up` where it mends the way to the API, else the look that shows what is there. */
function wayOut(kind: ProblemKind): readonly string[] {
  const mendedByUp = [apiUnreachable, kubectlConfigUnusable, apiUnauthorized, apiSilent, apiFailed]
  return mendedByUp.includes(kind) ? ['devk8s up', 'devk8s status'] : ['devk8s status --verbose']
}

/** The API server's HTML pages and whole objects come in one line (recorded 054, 270). */
function shortened(line: string): string {
  const text = line
    .replace(/^(error|Error from server( \(\w+\))?|Unable to connect to the server): /, '')
    .trim()
  return text.length > 300 ? `${text.slice(0, 299)}…` : text
}

/** Without klog lines, e.g. `E1123 14:15:14.576997 6636 memcache.go:265] ...`, and their continuation. */
function meaningful(stderr: string): readonly string[] {
  return stderr
    .replace(/^[EWI]\d{4} .*err=<\n([\s\S]*?)^ >$/gm, '')
    .split('\n')
    .map((line) => line.trimEnd())
    .filter((line) => line !== '' && !/^[EWI]\d{4} [\d:.]+ +\d+ \S+\] /.test(line))
}

/** `conflict with "kubectl-client-side-apply" using v1: .data.a` and so on (recorded 034, 041). */
function conflictDetail(message: string): string {
  const managers = managersIn(message)
  const fields = [...message.matchAll(/(?::|,) (\.[^\s,]+)/g)].map((match) => match[1] ?? '')
  const whom = managers.length === 0 ? 'another manager' : managers.map((name) => `"${name}"`).join(', ')
  return `${fields.length === 0 ? 'Fields' : fields.join(', ')} of an object in the cluster ${
    fields.length === 1 ? 'is' : 'are'
  } managed by ${whom}.`
}

/** The field managers a conflict message names. */
export function managersIn(message: string): readonly string[] {
  return [...new Set([...message.matchAll(/conflicts? with "([^"]+)"/g)].map((match) => match[1] ?? ''))]
}

/** The kind that the server does not know, as it was asked for (recorded 023, 044). */
export function unknownKindIn(stderr: string): string | undefined {
  return (
    /the server doesn't have a resource type "([^"]+)"/.exec(stderr)?.[1] ??
    /no matches for kind "([^"]+)"/.exec(stderr)?.[1]
  )
}
