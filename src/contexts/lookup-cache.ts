import { profileNameOf } from '../aws/profiles.ts'
import type { Files } from '../ports/files.ts'
import { renderCanonical } from '../profile/merge.ts'
import type { RemoteContextSpec } from '../profile/profile.ts'
import type { Answer } from './lookups.ts'
import type { FoundCluster } from './remote-cluster.ts'

const schema = 'devk8s.dev/lookup/v1'

/** A lookup's last good answer. */
export interface Remembered {
  readonly clusters: readonly FoundCluster[]
  /** Milliseconds since 1970. */
  readonly at: number
}

/** A lookup whose answer is kept. */
export interface Lookup {
  readonly spec: RemoteContextSpec
  /** For specs without one. */
  readonly region?: string
  /** `metadata.name` of the profile: two teams may each have a `staging`. */
  readonly team: string
  /** The folder of the last answers. */
  readonly cache: string
}

/** Where answers are, and as whom they are asked for. */
interface Here {
  readonly files: Files
  readonly env: Readonly<Record<string, string | undefined>>
}

/** Names of contexts may hold slashes, as ARNs do, and names of files may not be that long. */
function fileOf({ cache, team, spec }: Lookup): string {
  const slash = /^[A-Za-z]:\\|^\\\\/.test(cache) ? '\\' : '/'
  const name = encodeURIComponent(`${team}/${spec.name}`).replaceAll('*', '%2A')
  return `${cache}${slash}${name.slice(0, 200)}.json`
}

/** What was asked, and as whom: an answer to another question is none. */
function questionOf({ team, spec, region }: Lookup, env: Here['env']): string {
  const { name, eks, kops } = spec
  const { readOnlyRoleArn: _eksRole, ...ofEks } = eks ?? {}
  const { readOnlyRoleArn: _kopsRole, ...ofKops } = kops ?? {}
  const as = profileNameOf(eks?.awsProfile ?? kops?.awsProfile, env)
  return renderCanonical({ team, name, eks: ofEks, kops: ofKops, region, as })
}

/** The last answer for this very lookup; whatever cannot be read is none. */
export async function recall(lookup: Lookup, { files, env }: Here): Promise<Remembered | undefined> {
  const text = await files.readText(fileOf(lookup))
  if (text === undefined) return undefined
  try {
    const value = JSON.parse(text) as Partial<Record<string, unknown>> | null
    if (value?.['schema'] !== schema || value['question'] !== questionOf(lookup, env)) return undefined
    const { at, clusters } = value
    if (typeof at !== 'number' || !Array.isArray(clusters) || !clusters.every(isCluster)) return undefined
    return { at, clusters }
  } catch {
    // Damaged: as if it were not there. It is written again with the next answer.
    return undefined
  }
}

const isCluster = (value: unknown): value is FoundCluster =>
  typeof value === 'object' && value !== null && 'server' in value && typeof value.server === 'string'

/** Keeps an answer for when nobody can be asked. @param at milliseconds since 1970. */
export async function keepAnswer(
  lookup: Lookup,
  { clusters }: Pick<Answer, 'clusters'>,
  { files, env, at }: Here & { readonly at: number },
): Promise<void> {
  await files.makeFolder(lookup.cache, 0o700)
  const text = JSON.stringify({ schema, question: questionOf(lookup, env), at, clusters }, null, 2)
  await files.write(fileOf(lookup), `${text}\n`, { mode: 0o600 })
}
