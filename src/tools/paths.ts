/** The folder a path lies in, for either separator. */
export function folderOf(path: string): string {
  const end = Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\'))
  return end <= 0 ? path.slice(0, 1) : path.slice(0, end)
}
