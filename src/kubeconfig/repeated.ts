import type { KubeconfigFile } from './local-context.ts'

/** A cluster or user that a file has more than once: kubectl refuses the whole file. */
export interface Repeated {
  readonly file: string
  readonly section: 'clusters' | 'users'
  readonly name: string
}

/**
 * Clusters and users that a file has more than once, for sure. Told by a look at the lines that carry names, which costs
 * next to nothing; only a file in which one seems to be repeated is parsed. JSON is not looked at.
 */
export async function repeatedIn(files: readonly KubeconfigFile[]): Promise<readonly Repeated[]> {
  const doubtful = files.filter(({ text = '' }) => mayRepeat(text))
  if (doubtful.length === 0) return []
  const { parseKubeconfig } = await import('./config.ts')
  return doubtful.flatMap(({ path, text = '' }) => {
    const parsed = parseKubeconfig(text, path)
    if ('problem' in parsed) return []
    return (['clusters', 'users'] as const).flatMap((section) => {
      const names = parsed.config[section].map(({ name }) => name)
      const repeated = names.filter((name, at) => names.indexOf(name) < at)
      return [...new Set(repeated)].map((name) => ({ file: path, section, name }))
    })
  })
}

function mayRepeat(text: string): boolean {
  let column = -1
  let names = new Set<string>()
  for (const [, key, dash, first, deep, second] of text.matchAll(
    /^(?:([\w-]+):|( *)- +(?:name: *(.*))?|( *)name: *(.*))/gm,
  )) {
    if (key !== undefined) {
      column = -1
      names = new Set()
      continue
    }
    if (dash !== undefined && column === -1) column = dash.length
    const isOfItem = dash === undefined ? deep?.length === column + 2 : dash.length === column
    const name = (first ?? second)?.trim()
    if (!isOfItem || name === undefined) continue
    if (names.has(name)) return true
    names.add(name)
  }
  return false
}
