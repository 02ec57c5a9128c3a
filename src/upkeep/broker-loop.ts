import { createMemory } from '../engine/memory.ts'
import type { StepContext } from '../plan/step.ts'
import type { Ports } from '../ports/ports.ts'
import { assumesRoles } from '../roles/assume-says.ts'
import { watchAccounts, watchPods } from './account-watch.ts'
import { signInMark, signInPlaces } from './sign-in-mark.ts'
import type { BrokerState, ClusterState } from './broker-files.ts'
import { writeLog } from './broker-log.ts'
import type { AwsPlaces } from './places.ts'
import { readUpkeeps, type Recorded } from './records.ts'
import { keepCluster, type Memory, type RoundHow } from './round.ts'
import type { Kept } from './renewal.ts'
import { untilText } from './until.ts'
import { createWaker } from './waker.ts'

export interface BrokerSetting {
  readonly ports: Ports
  readonly env: Readonly<Record<string, string | undefined>>
  readonly home: string
  readonly minikubeHome: string
  readonly places: AwsPlaces
  readonly pid: number
  readonly signal: AbortSignal
  readonly keepers?: RoundHow['keepers']
}

/** Files are looked at so often: a sign-in, a new upkeep, the word to stop. A machine that slept is noticed as well. */
export const sliceMs = 10_000
/** Between two looks at one cluster, whatever calls for them. */
const floorMs = 1_000
/** By so much more than the machine was awake the clock must have moved. */
const jumpMs = 5_000

/** One cluster in the broker's care. */
interface Charge {
  /** What the upkeep file says now: another text is looked at at once. */
  text: string
  recorded: Recorded
  memory?: Memory
  lookedAtMs: number
  isCalled: boolean
  stopWatch?: AbortController
}

/**
 * Keeps all clusters of this machine fresh until it is told to stop: by the signal, whose reason it throws, or by its
 * record being taken away, after which it returns.
 */
export async function runBroker(setting: BrokerSetting): Promise<void> {
  const broker = new Broker(setting)
  try {
    await broker.run()
  } finally {
    broker.close()
  }
}

class Broker {
  readonly #setting: BrokerSetting
  readonly #charges = new Map<string, Charge>()
  readonly #waker: ReturnType<typeof createWaker>
  readonly #startedAtMs: number
  #mark = ''
  #written = ''

  constructor(setting: BrokerSetting) {
    this.#setting = setting
    this.#waker = createWaker(setting.ports.clock)
    this.#startedAtMs = setting.ports.clock.now()
  }

  async run(): Promise<void> {
    const { ports, places, signal, pid } = this.#setting
    await writeLog(places, ports, `started as process ${pid}`)
    this.#mark = await this.#signInMark()
    for (;;) {
      signal.throwIfAborted()
      if ((await ports.files.stat(places.brokerRecord)) === undefined) break
      await this.#readUpkeeps()
      await this.#noticeSignIn()
      await this.#keepDue()
      await this.#writeState()
      await this.#sleep()
    }
    await writeLog(places, ports, 'stopped: its record is gone')
  }

  close(): void {
    for (const { stopWatch } of this.#charges.values()) stopWatch?.abort('the broker stops')
  }

  /** Takes up clusters that are new or were changed, and lets go of those that are gone. */
  async #readUpkeeps(): Promise<void> {
    const { ports, places } = this.#setting
    const found = await readUpkeeps(ports.files, places)
    for (const [cluster, { stopWatch }] of this.#charges) {
      if (found.some((each) => each.cluster === cluster)) continue
      stopWatch?.abort('no longer kept fresh')
      this.#charges.delete(cluster)
    }
    for (const recorded of found) {
      const text = JSON.stringify(recorded)
      const charge = this.#charges.get(recorded.cluster)
      if (charge?.text === text) continue
      charge?.stopWatch?.abort('changed')
      this.#charges.set(recorded.cluster, { text, recorded, lookedAtMs: -Infinity, isCalled: true })
    }
  }

  /** What failed is tried again once the files of a sign-in have changed. */
  async #noticeSignIn(): Promise<void> {
    const waiting = [...this.#charges.values()].filter(
      ({ memory }) => memory?.state === 'waiting' || memory?.state === 'failing',
    )
    if (waiting.length === 0) return
    const mark = await this.#signInMark()
    if (mark === this.#mark) return
    this.#mark = mark
    for (const charge of waiting) charge.isCalled = true
  }

  async #signInMark(): Promise<string> {
    const { ports, home, env, places } = this.#setting
    return signInMark(ports.files, signInPlaces(home, env, places.sessions))
  }

  async #keepDue(): Promise<void> {
    const now = this.#setting.ports.clock.now()
    const due = [...this.#charges.values()].filter(
      (charge) => now >= nextOf(charge) && now - charge.lookedAtMs >= floorMs,
    )
    if (due.length === 0) return
    const memory = createMemory()
    await Promise.all(due.map(async (charge) => this.#keep(charge, memory.once)))
    // What the renewal itself wrote there is no sign-in.
    this.#mark = await this.#signInMark()
  }

  async #keep(charge: Charge, once: StepContext['once']): Promise<void> {
    const { ports, env, signal, ...how } = this.#setting
    charge.isCalled = false
    charge.lookedAtMs = ports.clock.now()
    const context: StepContext = {
      ports,
      env,
      signal,
      progress: () => {},
      note: () => {},
      // Whose identity it is, and whether it is admitted, is each cluster's own affair; the answer of AWS is shared.
      once: sharedIdentity(once),
    }
    const { memory, kept } = await keepCluster(charge.recorded, charge.memory, context, how)
    const before = charge.memory
    charge.memory = memory
    await this.#tell(charge.recorded.cluster, before, memory, kept)
    this.#watch(charge)
  }

  /** Only what is new: a broker that has nothing to say writes nothing. */
  async #tell(
    cluster: string,
    before: Memory | undefined,
    memory: Memory,
    kept: readonly Kept[],
  ): Promise<void> {
    const { ports, places } = this.#setting
    const now = ports.clock.now()
    const until = memory.goodUntilMs === undefined ? '' : `, good until ${untilText(memory.goodUntilMs, now)}`
    const renewed = kept.filter(({ isRenewed }) => isRenewed).map(({ part }) => part)
    if (renewed.length > 0) await writeLog(places, ports, `${cluster}: renewed ${renewed.join(', ')}${until}`)
    const isSame = before?.state === memory.state && before.problem?.detail === memory.problem?.detail
    if (isSame) return
    const why = memory.problem === undefined ? '' : `: ${memory.problem.code} ${memory.problem.detail}`
    await writeLog(places, ports, `${cluster}: ${memory.state}${until}${why}`)
  }

  /** A child that tells of new namespaces, as long as the cluster is up. */
  #watch(charge: Charge): void {
    const isUp = charge.memory !== undefined && !['stopped', 'damaged'].includes(charge.memory.state)
    if (!isUp) {
      charge.stopWatch?.abort('the cluster is not up')
      delete charge.stopWatch
      return
    }
    if (charge.stopWatch !== undefined || 'fault' in charge.recorded) return
    const stopWatch = new AbortController()
    charge.stopWatch = stopWatch
    const signal = AbortSignal.any([this.#setting.signal, stopWatch.signal])
    const onNews = () => {
      charge.isCalled = true
      this.#waker.wake()
    }
    const { ports } = this.#setting
    const { kubectl, agent } = charge.recorded.upkeep
    const watches = [
      watchAccounts(kubectl, ports, signal, onNews),
      ...(agent !== undefined && assumesRoles(agent)
        ? [watchPods(kubectl, agent.roles, ports, signal, onNews)]
        : []),
    ]
    // A watch that cannot be had leaves the looks at fixed times, the next of which tries to have it again.
    Promise.all(watches)
      .catch(() => stopWatch.abort('a watch could not be had'))
      .finally(() => {
        if (charge.stopWatch === stopWatch) delete charge.stopWatch
      })
  }

  async #writeState(): Promise<void> {
    const { ports, places, pid } = this.#setting
    const clusters = [...this.#charges].flatMap(([cluster, { memory }]) =>
      memory === undefined ? [] : [[cluster, shown(memory)] as const],
    )
    const state: BrokerState = {
      version: 1,
      pid,
      startedAtMs: this.#startedAtMs,
      clusters: Object.fromEntries(clusters),
    }
    const text = `${JSON.stringify(state)}\n`
    if (text === this.#written) return
    await ports.files.write(places.brokerState, text, { mode: 0o600, durable: false })
    this.#written = text
  }

  /** After a sleep of the machine the clock has moved by more than was waited: then all is looked at, and at once. */
  async #sleep(): Promise<void> {
    const { clock } = this.#setting.ports
    const [wall, awake] = [clock.now(), clock.monotonic()]
    const next = Math.min(
      ...[...this.#charges.values()].map((charge) => Math.max(nextOf(charge), charge.lookedAtMs + floorMs)),
    )
    await this.#waker.sleep(Math.max(0, Math.min(sliceMs, next - wall)), this.#setting.signal)
    const moved = clock.now() - wall - (clock.monotonic() - awake)
    if (Math.abs(moved) < jumpMs) return
    await writeLog(
      this.#setting.places,
      this.#setting.ports,
      `the clock moved by ${Math.round(moved / 1000)} s`,
    )
    for (const charge of this.#charges.values()) {
      charge.isCalled = true
      charge.lookedAtMs = -Infinity
      if (charge.memory !== undefined) charge.memory = { ...charge.memory, failures: 0 }
    }
  }
}

const nextOf = ({ isCalled, memory }: Charge): number =>
  isCalled || memory === undefined ? -Infinity : memory.lookAtMs

function shown({ failures: _failures, ...state }: Memory): ClusterState {
  return state
}

/** Two clusters of one identity ask AWS once; what each cluster holds is read for itself. */
function sharedIdentity(once: StepContext['once']): StepContext['once'] {
  const own = createMemory()
  return (key, read) => (key.startsWith('aws identity ') ? once(key, read) : own.once(key, read))
}
