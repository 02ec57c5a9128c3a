import type { Association } from '../agent/documents.ts'
import { isRecord } from '../kubeconfig/entries.ts'
import type { Files } from '../ports/files.ts'
import { type AwsPlaces, fileIn } from '../upkeep/places.ts'

/** What was imported from one EKS cluster; one file each, which holds no secret. */
export interface ImportedCluster {
  readonly version: 1
  readonly cluster: string
  readonly region?: string
  /** ISO 8601. */
  readonly readAt: string
  readonly associations: readonly Omit<Association, 'cluster'>[]
}

/** All that was imported, by cluster and then as AWS listed it. A file that is no such file counts for nothing. */
export async function readImported(
  files: Pick<Files, 'list' | 'readText'>,
  { associations }: Pick<AwsPlaces, 'associations'>,
): Promise<readonly ImportedCluster[]> {
  const names = (await files.list(associations)).filter((name) => name.endsWith('.json'))
  const texts = await Promise.all(
    names
      .toSorted()
      .map(async (name) => files.readText(fileIn(associations, name.slice(0, -'.json'.length)))),
  )
  return texts.flatMap((text) => parseImported(text) ?? [])
}

/** What was imported from one; undefined when nothing was. @param cluster a name that EKS takes. */
export async function importedFrom(
  cluster: string,
  files: Pick<Files, 'readText'>,
  { associations }: Pick<AwsPlaces, 'associations'>,
): Promise<ImportedCluster | undefined> {
  return parseImported(await files.readText(fileIn(associations, cluster)))
}

/** Keeps what was imported; for its owner alone, as it tells of the company's roles. */
export async function writeImported(
  imported: ImportedCluster,
  files: Pick<Files, 'makeFolder' | 'write' | 'chmod'>,
  { associations }: Pick<AwsPlaces, 'associations'>,
): Promise<void> {
  const file = fileIn(associations, imported.cluster)
  await files.makeFolder(associations, 0o700)
  await files.write(file, renderImported(imported), { mode: 0o600 })
  // A file that was there keeps its mode.
  await files.chmod(file, 0o600)
}

/** Forgets it; nothing there is fine. */
export async function removeImported(
  cluster: string,
  files: Pick<Files, 'remove'>,
  { associations }: Pick<AwsPlaces, 'associations'>,
): Promise<void> {
  await files.remove(fileIn(associations, cluster))
}

export const associationsOf = (imported: readonly ImportedCluster[]): readonly Association[] =>
  imported.flatMap(({ cluster, associations }) => associations.map((each) => ({ ...each, cluster })))

/** Undefined for a text that `devk8s aws import` did not write. */
export function parseImported(text: string | undefined): ImportedCluster | undefined {
  let value: unknown
  try {
    value = JSON.parse(text ?? '')
  } catch {
    return undefined
  }
  if (!isRecord(value) || value['version'] !== 1 || typeof value['cluster'] !== 'string') return undefined
  const { associations } = value
  const isText = (text: unknown) => typeof text === 'string'
  const isWhole = (each: unknown) =>
    isRecord(each) &&
    [each['namespace'], each['serviceAccount'], each['roleArn']].every(isText) &&
    [each['targetRoleArn'], each['externalId']].every((text) => text === undefined || isText(text))
  if (!Array.isArray(associations) || !associations.every(isWhole)) return undefined
  if (!isText(value['readAt']) || !(value['region'] === undefined || isText(value['region'])))
    return undefined
  // Each field has been looked at above.
  return value as unknown as ImportedCluster
}

const renderImported = (imported: ImportedCluster): string => `${JSON.stringify(imported, null, 2)}\n`
