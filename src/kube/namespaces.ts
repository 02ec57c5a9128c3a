import type { Command, Ran } from '../ports/exec.ts'

/** Longest wait for one request, in seconds. */
const requestTimeoutS = 10

/** How long a whole call may take, in ms: signing in may start a plugin that opens a browser, so it is long. */
export const namespacesTimeoutMs = 60_000

/** Whom to ask: the person's own files and environment, since their way of signing in may need any of it. */
export interface NamespacesTarget {
  readonly program: string
  readonly context: string
  readonly kubeconfig: string
}

/** All namespaces, `namespace/NAME` a line. */
export function listNamespaces(target: NamespacesTarget): Command {
  return command(target, ['get', 'namespaces', '-o', 'name'])
}

/** One namespace, as the same line; nothing at all, and exit code 0, when there is none of that name. */
export function findNamespace(target: NamespacesTarget, name: string): Command {
  return command(target, ['get', 'namespace', name, '-o', 'name', '--ignore-not-found'])
}

function command({ program, context, kubeconfig }: NamespacesTarget, args: readonly string[]): Command {
  return {
    tool: 'kubectl',
    program,
    args: ['--context', context, `--request-timeout=${requestTimeoutS}s`, ...args],
    env: { KUBECONFIG: kubeconfig, KUBERC: 'off' },
    inheritEnv: true,
    changes: false,
  }
}

/** The names in the lines of `-o name`. */
export function parseNamespaces(stdout: string): readonly string[] {
  return stdout.split(/\r?\n/).flatMap((line) => {
    const [, name] = /^namespace\/(.+)$/.exec(line.trim()) ?? []
    return name === undefined ? [] : [name]
  })
}

/** client-go's own log, such as `E0102 15:04:05.000000 1234 memcache.go:265] …`: the same reason, once for each request. */
const isLogLine = (line: string) => /^[EWIF]\d{4} [\d:.]+ +\d+ \S+\.go:\d+\]/.test(line)

/** Why kubectl gave no answer: its last words, or how it ended. */
export function whyNot({ outcome, stderr, exitCode }: Ran): readonly string[] {
  const all = stderr.split(/\r?\n/).filter((line) => line.trim() !== '')
  const said = all.filter((line) => !isLogLine(line))
  const words = said.length > 0 ? said : all
  if (words.length > 0) return words.slice(-5)
  switch (outcome) {
    case 'timed-out':
      return ['kubectl gave no answer in time.']
    case 'not-found':
      return ['There is no kubectl.']
    default:
      return [`kubectl ended with exit code ${String(exitCode)}.`]
  }
}
