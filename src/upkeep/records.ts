import type { Files } from '../ports/files.ts'
import { type AwsPlaces, fileIn } from './places.ts'
import { type ParsedUpkeep, parseUpkeep, renderUpkeep } from './upkeep-file.ts'
import type { Upkeep } from './upkeep.ts'

/** One upkeep file as it is. */
export type Recorded = { readonly file: string; readonly cluster: string } & ParsedUpkeep

/** What is kept fresh on this machine, by cluster, sorted; damaged files are among it, with what is wrong. */
export async function readUpkeeps(
  files: Files,
  { upkeeps }: Pick<AwsPlaces, 'upkeeps'>,
): Promise<readonly Recorded[]> {
  const names = (await files.list(upkeeps)).filter((name) => name.endsWith('.json'))
  const found = names.map(async (name): Promise<readonly Recorded[]> => {
    const cluster = name.slice(0, -'.json'.length)
    const file = fileIn(upkeeps, cluster)
    const text = await files.readText(file)
    return text === undefined ? [] : [{ file, cluster, ...named(parseUpkeep(text), cluster) }]
  })
  return (await Promise.all(found)).flat()
}

/** What this file says; undefined when it is not there or cannot be read. */
export async function upkeepAt(files: Files, file: string): Promise<Upkeep | undefined> {
  const parsed = parseUpkeep((await files.readText(file)) ?? '')
  return 'upkeep' in parsed ? parsed.upkeep : undefined
}

/** Writes down what is kept fresh; for its owner alone, as it tells which identity is used. */
export async function writeUpkeep(files: Files, file: string, upkeep: Upkeep): Promise<void> {
  await files.makeFolder(folderOf(file), 0o700)
  await files.write(file, renderUpkeep(upkeep), { mode: 0o600 })
  // A file that was there keeps its mode.
  await files.chmod(file, 0o600)
}

/** A copy under another name would have one cluster kept fresh twice. */
function named(parsed: ParsedUpkeep, cluster: string): ParsedUpkeep {
  if ('fault' in parsed || parsed.upkeep.cluster === cluster) return parsed
  return { fault: `it is that of cluster ${parsed.upkeep.cluster}` }
}

const folderOf = (file: string) => file.slice(0, Math.max(file.lastIndexOf('/'), file.lastIndexOf('\\')))
