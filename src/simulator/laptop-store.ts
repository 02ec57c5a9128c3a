import type { Clock } from '../ports/clock.ts'
import type { Files } from '../ports/files.ts'
import type { Laptop } from './state.ts'

/** Where the simulated laptop's state is kept. Every change is on the disk before the call returns. */
export interface LaptopStore {
  read(): Promise<Laptop>
  /** Replaces the state by what `change` makes of it; changes take turns. */
  change(change: (laptop: Laptop) => Laptop): Promise<Laptop>
}

/** How long, in ms, another process may hold the lock before it counts as dead. */
const staleMs = 5_000

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
  const since = clock.monotonic()
  while (!(await files.createExclusive(path, ''))) {
    await clock.sleep(5)
    // The holder was killed: its change was written whole or not at all.
    if (clock.monotonic() - since > staleMs) await files.remove(path)
  }
}
