/** Paths as text: this folder is pure, and a profile may come from Windows while a test runs on Linux. */

const windowsRoot = /^(?:[A-Za-z]:[\\/]|\\\\[^\\/]+[\\/][^\\/]+)/

const rootOf = (path: string): string => windowsRoot.exec(path)?.[0] ?? (path.startsWith('/') ? '/' : '')

const separatorOf = (path: string): '/' | '\\' => (windowsRoot.test(path) ? '\\' : '/')

/** Whether a path says by itself where it is, on Unix or on Windows. */
export const isAbsolute = (path: string): boolean => rootOf(path) !== ''

/**
 * The absolute path of `path`, which stood in something that lies in `folder` (absolute). `~` is `home`.
 * Separators are those of the folder; `.` and `..` are worked out, and `..` above the root stays there.
 */
export function resolvePath(folder: string, path: string, home?: string): string {
  if (home !== undefined && /^~(?:[\\/]|$)/.test(path))
    return resolvePath(home, path.slice(1).replace(/^[\\/]+/, ''))
  const whole = isAbsolute(path) ? path : `${folder}${separatorOf(folder)}${path}`
  const separator = separatorOf(whole)
  const root = rootOf(whole)
  const parts: string[] = []
  for (const part of whole.slice(root.length).split(separator === '\\' ? /[\\/]/ : '/')) {
    if (part === '..') parts.pop()
    else if (part !== '' && part !== '.') parts.push(part)
  }
  const head = separator === '\\' ? root.replaceAll('/', '\\') : root
  return parts.length > 0 && head !== '' && !head.endsWith(separator)
    ? `${head}${separator}${parts.join(separator)}`
    : `${head}${parts.join(separator)}`
}

/** The folder a path lies in; a root is its own. */
export const folderOf = (path: string): string => resolvePath(path, '..')

/** The last part of a path. */
export function baseNameOf(path: string): string {
  return path.split(separatorOf(path) === '\\' ? /[\\/]/ : '/').at(-1) ?? path
}
