/** The names that other tools' users have in their fingers. */
export const aliasNames = ['kubectx', 'kubens'] as const

/** What stands at the place of a name. */
export type Standing =
  | 'free'
  /** It leads to this devk8s. */
  | 'present'
  /** It leads to a devk8s, at another place or no longer there. */
  | 'stale'
  | 'foreign'

const mark = 'Written by devk8s'

/**
 * What a symlink or file at the place of a name is.
 * @param found where the symlink leads, or the text of the file; undefined when there is none of it.
 * @param wanted the same as it would be made now.
 */
export function standingOf(
  found: {
    readonly link?: string | undefined
    readonly text?: string | undefined
    readonly isThere: boolean
  },
  wanted: string,
): Standing {
  const { link, text, isThere } = found
  if (link !== undefined) {
    if (link === wanted) return 'present'
    return /[/\\]devk8s[/\\]dist[/\\]bin\.js$/.test(link) ? 'stale' : 'foreign'
  }
  if (!isThere) return 'free'
  if (text === wanted) return 'present'
  return text?.startsWith(`@rem ${mark}`) === true ? 'stale' : 'foreign'
}

/** Whether a program's file lies in a cache of npx, pnpm dlx, yarn dlx or bunx, and will be gone one day. */
export function isBorrowed(scriptPath: string): boolean {
  return /[/\\](?:_npx|dlx(?:-[^/\\]+)?|xfs-[^/\\]+|bunx-[^/\\]+)[/\\]/.test(scriptPath)
}

/**
 * Windows has symlinks only for those with a privilege. There the name is a command file, which starts an entry file of
 * the same name: the program knows by the name of its entry what it was called.
 * @param entry the path of that entry file.
 */
export function renderCommandFile(nodePath: string, entry: string): string {
  const quoted = (path: string) => `"${path.replaceAll('%', '%%')}"`
  return `@rem ${mark}; devk8s alias remove takes it away.\r\n@${quoted(nodePath)} ${quoted(entry)} %*\r\n`
}

/** The entry file: the whole program, by another name. */
export function renderEntryFile(scriptPath: string): string {
  const address = encodeURI(scriptPath.replaceAll('\\', '/')).replaceAll('#', '%23').replaceAll('?', '%3F')
  return `// ${mark}.\nimport 'file:///${address.replace(/^\//, '')}'\n`
}
