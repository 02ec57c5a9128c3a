import { classifyFailure } from '../kube/failures.ts'
import { callTimeoutMs, kubectlCommand } from '../kube/kubectl.ts'
import type { StepContext } from '../plan/step.ts'
import { nearest } from '../problems/nearest.ts'
import type { Upkeep } from '../upkeep/upkeep.ts'

/** As many names as are read in one go. */
const mostNamed = 6

/** What was looked for in the cluster and is not there. */
export interface Missed {
  readonly namespace: string
  /** As kubectl's answers have it: `pod`, `deployment`. */
  readonly kind: string
  readonly name: string
}

/** In place of what is not there: what is, in words, and which of it was meant. */
export interface Instead {
  /** `It has api-1 and web-2.`; empty when the cluster could not be asked. */
  readonly text: string
  readonly nearest?: string
}

/** Names change with every rollout, so those that there are now are shown, whatever asks: no kubectl need be on PATH. */
export async function insteadOf(
  { namespace, kind, name }: Missed,
  { kubectl }: Upkeep,
  { ports, signal }: Pick<StepContext, 'ports' | 'signal'>,
): Promise<Instead> {
  const args = ['get', `${kind}s`, '-n', namespace, '-o', 'name']
  const ran = await ports.exec.run(kubectlCommand(kubectl, args, { changes: false }), {
    timeoutMs: callTimeoutMs,
    signal,
  })
  signal.throwIfAborted()
  if (classifyFailure(ran, kubectl) !== undefined) return { text: '' }
  const names = ran.stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.slice(line.indexOf('/') + 1))
  return insteadIn(name, `${kind}s`, names)
}

export function insteadIn(name: string, kinds: string, names: readonly string[]): Instead {
  if (names.length === 0) return { text: `It has no ${kinds}.` }
  const sorted = names.toSorted((a, b) => commonLength(b, name) - commonLength(a, name) || (a < b ? -1 : 1))
  const [first = ''] = sorted
  // What comes before the first dash is the workload's name, or its first word.
  const isSameWord = commonLength(first, name) >= name.split('-', 1).join('').length
  const meant = isSameWord ? first : nearest(name, names)
  const more = names.length - mostNamed
  const shown = sorted.slice(0, mostNamed)
  return {
    text: `It has ${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}.`,
    ...(meant === undefined ? {} : { nearest: meant }),
  }
}

/** How many characters two names begin with alike. */
function commonLength(a: string, b: string): number {
  let length = 0
  while (length < a.length && a[length] === b[length]) length += 1
  return length
}
