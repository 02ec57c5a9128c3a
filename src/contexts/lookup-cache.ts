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

/** Names of contexts may hold slashes, as ARNs do, and names of files may not be that long. */
function fileOf(folder: string, name: string): string {
  const slash = /^[A-Za-z]:\\|^\\\\/.test(folder) ? '\\' : '/'
  return `${folder}${slash}${encodeURIComponent(name).replaceAll('*', '%2A').slice(0, 200)}.json`
}

/** What was asked: an answer to another question is none. */
function questionOf({ name, eks, kops }: RemoteContextSpec, region: string | undefined): string {
  const { readOnlyRoleArn: _eksRole, ...ofEks } = eks ?? {}
  const { readOnlyRoleArn: _kopsRole, ...ofKops } = kops ?? {}
  return renderCanonical({ name, eks: ofEks, kops: ofKops, region })
}

/** The last answer for this very spec; whatever cannot be read is none. */
export async function recall(
  folder: string,
  spec: RemoteContextSpec,
  region: string | undefined,
  files: Files,
): Promise<Remembered | undefined> {
  const text = await files.readText(fileOf(folder, spec.name))
  if (text === undefined) return undefined
  try {
    const value = JSON.parse(text) as Partial<Record<string, unknown>> | null
    if (value?.['schema'] !== schema || value['question'] !== questionOf(spec, region)) return undefined
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

/** Keeps an answer for when nobody can be asked. */
export async function keepAnswer(
  folder: string,
  spec: RemoteContextSpec,
  region: string | undefined,
  { clusters }: Pick<Answer, 'clusters'>,
  { files, at }: { readonly files: Files; readonly at: number },
): Promise<void> {
  await files.makeFolder(folder, 0o700)
  const text = JSON.stringify({ schema, question: questionOf(spec, region), at, clusters }, null, 2)
  await files.write(fileOf(folder, spec.name), `${text}\n`, { mode: 0o600 })
}
