import { parseHolder } from '../engine/lock.ts'
import type { Ran } from '../ports/exec.ts'
import type { Ports } from '../ports/ports.ts'
import { brokerNotStarted, brokerNotStopped } from '../problems/broker.ts'
import { fail } from '../problems/problem.ts'
import { type BrokerRecord, parseRecord, runningBroker } from './broker-files.ts'
import { isBrokerProcess } from './broker-process.ts'
import {
  agentLabel,
  agentPath,
  isServiceOf,
  renderAgent,
  renderUnit,
  unitName,
  unitPath,
  type BrokerProgram,
  type ServicePlace,
} from './broker-units.ts'
import type { AwsPlaces } from './places.ts'

type Env = Readonly<Record<string, string | undefined>>

interface Reach {
  readonly ports: Pick<Ports, 'exec' | 'files' | 'host' | 'clock'>
  readonly signal: AbortSignal
}

/** How a broker is to be started: what is recorded of it, and the text of its service. */
export interface BrokerService {
  readonly record: BrokerRecord
  readonly text: string
}

const callTimeoutMs = 30_000
/** A broker that is told to stop ends what it does; one without a signal looks at its record every ten seconds. */
const stopTimeoutMs = 20_000
/** launchd ends a job behind one's back, and may take as long as the job, which it then kills (ExitTimeOut, 20 s). */
const unloadTimeoutMs = 25_000
const pauseMs = 200

/**
 * What would keep a broker running here: the service manager of the person, or nothing but the process itself.
 * @param isAlone nobody is asked for a service, as in a rehearsal, where the real machine's must be left alone.
 */
export async function serviceFor(
  {
    platform,
    home,
    env,
    isAlone,
  }: {
    readonly platform: 'darwin' | 'linux' | 'win32'
    readonly home: string
    readonly env: Env
    readonly isAlone: boolean
  },
  program: BrokerProgram,
  reach: Reach & { readonly ports: Pick<Ports, 'hashing'> },
): Promise<BrokerService> {
  const { exec, hashing } = reach.ports
  const service = (text: string, how: Omit<BrokerRecord, 'version' | 'hash'>): BrokerService => {
    const hasher = hashing.sha256()
    hasher.update(text)
    return { text, record: { version: 1, ...how, hash: hasher.hex() } }
  }
  if (!isAlone && platform === 'darwin' && (await exec.find('launchctl')) !== undefined) {
    const domain = await launchDomain(reach)
    if (domain !== undefined) {
      return service(renderAgent(program), { by: 'launchd', file: agentPath(home), domain })
    }
  }
  if (!isAlone && platform === 'linux' && (await exec.find('systemctl')) !== undefined) {
    // Containers, and WSL without systemd, have the program and no manager behind it.
    const answer = await call(reach, 'systemctl', ['--user', 'show-environment'], false)
    if (answer.exitCode === 0) {
      return service(renderUnit(program), { by: 'systemd', file: unitPath(home, env) })
    }
  }
  return service(JSON.stringify(program), { by: 'process' })
}

/** The domain of the person's login window, or of the person where there is none, as over ssh. */
async function launchDomain(reach: Reach): Promise<string | undefined> {
  const id = (await call(reach, 'id', ['-u'], false)).stdout.trim()
  if (!/^\d+$/.test(id)) return undefined
  for (const domain of [`gui/${id}`, `user/${id}`]) {
    if ((await call(reach, 'launchctl', ['print', domain], false)).exitCode === 0) return domain
  }
  return undefined
}

/**
 * Writes the file of a service and starts it.
 * @throws DevK8sError DK5054 with the last words of the service manager.
 */
export async function startService({ record, text }: BrokerService, reach: Reach): Promise<void> {
  const { file } = record
  if (record.by === 'process' || file === undefined) return
  const { files } = reach.ports
  await files.makeFolder(file.replace(/\/[^/]*$/, ''))
  // For its owner alone: a proxy's address may hold a password.
  await files.write(file, text, { mode: 0o600 })
  await files.chmod(file, 0o600)
  for (const [program, ...args] of startCalls(record, file)) {
    const ran = await callUntilDone(program, args, reach)
    if (ran.exitCode === 0) continue
    fail(brokerNotStarted, {
      detail: `${[program, ...args].join(' ')} ${howItEnded(ran)}.`,
      next: ['devk8s aws refresh'],
      evidence: lastWords(ran),
    })
  }
}

type Call = readonly [program: string, ...args: string[]]

function startCalls({ by, domain = '' }: BrokerRecord, file: string): readonly Call[] {
  return by === 'launchd'
    ? [['launchctl', 'bootstrap', domain, file]]
    : [
        ['systemctl', '--user', 'daemon-reload'],
        ['systemctl', '--user', 'enable', '--now', unitName],
      ]
}

/** launchd refuses with these while it is still ending the job of before: EIO, EALREADY, EINPROGRESS. */
const stillEnding: ReadonlySet<number | null> = new Set([5, 36, 37])
const startAttempts = 6
const startPauseMs = 1_000

async function callUntilDone(program: string, args: readonly string[], reach: Reach): Promise<Ran> {
  for (let attempt = 1; ; attempt += 1) {
    const ran = await call(reach, program, args, true)
    const isBusy = program === 'launchctl' && stillEnding.has(ran.exitCode)
    if (!isBusy || attempt === startAttempts) return ran
    await reach.ports.clock.sleep(startPauseMs, reach.signal)
  }
}

/**
 * Undoes what starting did: the service and its file, the record, the process. Nothing there is fine. A lock that a
 * broker left which was killed is left too: the next one takes it over.
 * @param service where the service of the broker would lie, to find one without a record as well.
 * @param whose whether only a service of this very devk8s counts; any does for one that takes its place.
 * @returns how the broker ran; undefined when there was none.
 * @throws DevK8sError DK5055 when its process does not end.
 */
export async function stopBroker(
  places: AwsPlaces,
  reach: Reach,
  service?: ServicePlace,
  whose: 'own' | 'any' = 'own',
): Promise<{ readonly by?: BrokerRecord['by']; readonly pid?: number } | undefined> {
  const { files } = reach.ports
  const written = parseRecord(await files.readText(places.brokerRecord))
  const record = (await leftService(written, service, reach, whose)) ?? written
  const running = await runningBroker(places, reach)
  if (record === undefined && running === undefined) {
    await files.remove(places.brokerRecord)
    return undefined
  }
  // The record first: a broker that no signal reaches sees by it that it is to end.
  await files.remove(places.brokerRecord)
  if (record !== undefined) await stopService(record, reach)
  if (running !== undefined) await endProcess(running.pid, places, reach)
  await files.remove(places.brokerState)
  return {
    ...(record === undefined ? {} : { by: record.by }),
    ...(running === undefined ? {} : { pid: running.pid }),
  }
}

/** The file of the service, if it is there and starts the broker of this devk8s and not that of one with other folders. */
export async function ownService(
  place: ServicePlace | undefined,
  { files }: Pick<Ports, 'files'>,
): Promise<string | undefined> {
  const text = place === undefined ? undefined : await files.readText(place.file)
  return place !== undefined && text !== undefined && isServiceOf(text, place) ? place.file : undefined
}

/** A service that the record does not tell of: the state folder was deleted, or a process came after it. */
async function leftService(
  written: BrokerRecord | undefined,
  service: ServicePlace | undefined,
  reach: Reach,
  whose: 'own' | 'any',
): Promise<BrokerRecord | undefined> {
  if (service === undefined || written?.file !== undefined) return undefined
  const { file } = service
  const isThere = (await reach.ports.files.stat(file)) !== undefined
  if (!isThere || (whose === 'own' && (await ownService(service, reach.ports)) === undefined))
    return undefined
  if (!file.endsWith('.plist')) return { version: 1, by: 'systemd', file, hash: '' }
  const domain = await launchDomain(reach)
  return {
    version: 1,
    by: 'launchd',
    file,
    hash: '',
    ...(domain === undefined ? {} : { domain }),
  }
}

/** A service that is not known any more is as good as stopped; whether the process has ended is looked at anyway. */
async function stopService({ by, file, domain = '' }: BrokerRecord, reach: Reach): Promise<void> {
  if (by === 'launchd') await unload(`${domain}/${agentLabel}`, reach)
  if (by === 'systemd') await call(reach, 'systemctl', ['--user', 'disable', '--now', unitName], true)
  if (file !== undefined) await reach.ports.files.remove(file)
  if (by === 'systemd') await call(reach, 'systemctl', ['--user', 'daemon-reload'], true)
}

/** Asked to end a job, launchd answers at once and does it by and by; a new one is refused until then. */
async function unload(target: string, reach: Reach): Promise<void> {
  const { clock } = reach.ports
  const ran = await call(reach, 'launchctl', ['bootout', target], true)
  // Where there is no such job there is nothing to wait for.
  if (ran.exitCode !== 0 && !stillEnding.has(ran.exitCode)) return
  const deadline = clock.monotonic() + unloadTimeoutMs
  while ((await call(reach, 'launchctl', ['print', target], false)).exitCode === 0) {
    if (clock.monotonic() >= deadline) return
    await clock.sleep(pauseMs, reach.signal)
  }
}

async function endProcess(pid: number, places: AwsPlaces, reach: Reach): Promise<void> {
  const { clock, files, host } = reach.ports
  const isOver = async () => {
    const holder = parseHolder((await files.readText(places.brokerLock)) ?? '')
    return holder?.pid !== pid || !host.isAlive(pid)
  }
  // Where nobody tells what the process is, it is left to see by its record that it is to end.
  const isToldSo = !(await isOver()) && (await isBrokerProcess(pid, reach)) === true
  if (isToldSo) await call(reach, 'kill', [String(pid)], true)
  const deadline = clock.monotonic() + stopTimeoutMs
  while (!(await isOver())) {
    if (clock.monotonic() >= deadline) {
      const isWindows = places.brokerLock.includes('\\')
      fail(brokerNotStopped, {
        detail: `Process ${pid} has not ended within ${stopTimeoutMs / 1000} s.`,
        next: isWindows ? [`taskkill /PID ${pid} /F`] : [`ps -p ${pid}`, `kill -9 ${pid}`],
      })
    }
    await clock.sleep(pauseMs, reach.signal)
  }
}

async function call({ ports, signal }: Reach, program: string, args: readonly string[], changes: boolean) {
  return ports.exec.run({ tool: 'system', program, args, changes }, { timeoutMs: callTimeoutMs, signal })
}

const howItEnded = ({ outcome, exitCode }: Ran) =>
  outcome === 'exited' ? `ended with exit code ${exitCode}` : `could not be carried out (${outcome})`

const lastWords = ({ stdout, stderr }: Ran): readonly string[] =>
  `${stdout}\n${stderr}`
    .split('\n')
    .filter((line) => line.trim() !== '')
    .slice(-5)
