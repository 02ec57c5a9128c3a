const start = 'devk8s-'

/** The cluster and user entries of a context are its own, so that two roles on one cluster stay apart (aws-cli #4079). */
export const entryNameOf = (contextName: string): string => `${start}${contextName}`

/** The name in the profile of a context of ours, whatever it is called now: its cluster and user keep theirs. */
export function nameInProfile({
  name,
  cluster,
  user,
}: {
  readonly name: string
  readonly cluster?: unknown
  readonly user?: unknown
}): string {
  const isOurs = (entry: unknown): entry is string => typeof entry === 'string' && entry.startsWith(start)
  return [cluster, user].find(isOurs)?.slice(start.length) ?? name
}
