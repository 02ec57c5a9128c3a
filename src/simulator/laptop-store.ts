import type { Clock } from '../ports/clock.ts'
import type { Files } from '../ports/files.ts'
import type { Laptop } from './state.ts'

/** Where the simulated laptop's state is kept. Every change is on the disk before the call returns. */
export interface LaptopStore {
  read(): Promise<Laptop>
  /** Replaces the state by what `change` makes of it; changes take turns. */
  change(change: (laptop: Laptop) => Laptop): Promise<Laptop>
}

/** A change takes a few ms; who has held the lock for longer than this, in ms, is dead. */
const staleMs = 1_500
/** How often the lock is asked for, 5 ms apart, before its age is looked at. */
const triesBeforeLook = 100

/**
 * The state in `<folder>/laptop.json` (0600: it may hold what was applied to the cluster, Secrets among it).
 * Several processes may use it at once, as the programs of an end-to-end test do: changes are made under
 * `laptop.json.lock`.
 */
export function laptopStore(folder: string, files: Files, clock: Clock, fresh: () => Laptop): LaptopStore {
  const path = `${folder}/laptop.json`
  let last: Promise<unknown> = Promise.resolve()

  async function read(): Promise<Laptop> {
    const text = await files.readText(path)
    return text === undefined ? fresh() : (JSON.parse(text) as Laptop)
  }

  async function changeNow(change: (laptop: Laptop) => Laptop): Promise<Laptop> {
    await files.makeFolder(folder)
    await lock(`${path}.lock`, files, clock)
    try {
      const before = await read()
      const after = change(before)
      if (after !== before) await files.write(path, JSON.stringify(after), { mode: 0o600 })
      return after
    } finally {
      await files.remove(`${path}.lock`)
    }
  }

  return {
    read,
    async change(change) {
      const turn = last.then(
        () => changeNow(change),
        () => changeNow(change),
      )
      last = turn
      return turn
    },
  }
}

async function lock(path: string, files: Files, clock: Clock): Promise<void> {
  for (let tries = 1; !(await files.createExclusive(path, '')); tries += 1) {
    await clock.sleep(5)
    // The holder was killed: its change was written whole or not at all.
    if (tries % triesBeforeLook === 0 && (await isStale(path, files))) await files.remove(path)
  }
}

/** By the file system's own time: the clock at hand may be a test's, on which seconds pass in no time. */
async function isStale(path: string, files: Files): Promise<boolean> {
  const probe = `${path}.now`
  await files.write(probe, '')
  const [now, held] = [await files.stat(probe), await files.stat(path)]
  await files.remove(probe)
  return now !== undefined && held !== undefined && now.mtimeMs - held.mtimeMs > staleMs
}
