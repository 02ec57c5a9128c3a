import type { Lint } from '../guard/finding.ts'

/** The guard's engine and rules, loaded with the first text that may hold anything: most trees hold nothing. */
export function lazyLint(): Lint {
  let loading: Promise<Lint> | undefined
  const load = async () => {
    const [{ secretlint }, { ownHits }] = await Promise.all([
      import('./secretlint.ts'),
      import('../guard/rules.ts'),
    ])
    return secretlint(ownHits)
  }
  return async (text, file) => (await (loading ??= load()))(text, file)
}
