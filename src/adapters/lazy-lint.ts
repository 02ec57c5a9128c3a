import type { Lint } from '../guard/finding.ts'
import { ownHits } from '../guard/rules.ts'

/** The guard's engine, loaded with the first text that may hold anything: most trees hold nothing. */
export function lazyLint(): Lint {
  let loading: Promise<Lint> | undefined
  const load = async () => (await import('./secretlint.ts')).secretlint(ownHits)
  return async (text, file) => (await (loading ??= load()))(text, file)
}
