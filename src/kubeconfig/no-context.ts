/**
 * The `current-context` of a bound shell in which none is to be in force. An empty one would not do: the next file of
 * the list would decide then (facts sheet, 2.1), and that is the context that all other shells use, perhaps a protected
 * one. kubectl answers that this context does not exist, and changes nothing; all that devk8s reads takes it for none.
 */
export const noContext = '(none)'

/**
 * What `current-context` of a file becomes when none is to be in force: nothing, or the name that leads nowhere where
 * another file would count instead, perhaps with a protected context, or the file binds a shell.
 * @param currents what each file says now, in the order of the list.
 */
export function emptied(
  path: string,
  currents: readonly { readonly path: string; readonly current: string | undefined }[],
  boundFile?: string,
): string | undefined {
  const [effective, ...later] = currents.filter(({ current }) => current !== undefined)
  // One of the same name is emptied as well.
  const wouldCount = later.some(({ current }) => current !== effective?.current)
  return path === boundFile || (effective?.path === path && wouldCount) ? noContext : undefined
}
