import { launcherMode, renderLauncher } from '../contexts/launcher.ts'
import { contextPlaces } from '../contexts/places.ts'
import { withoutBroker } from '../images/mode.ts'
import type { Json } from '../ports/event.ts'
import { brokerNotStarted } from '../problems/broker.ts'
import { fail, isDevK8sError } from '../problems/problem.ts'
import { columnsOf } from '../world.ts'
import { wrap } from '../report/text.ts'
import { brokerEnvironment, hasKeysInEnvironment } from '../upkeep/broker-environment.ts'
import { type BrokerRecord, parseRecord, runningBroker } from '../upkeep/broker-files.ts'
import { type BrokerService, serviceFor, startService, stopBroker } from '../upkeep/broker-service.ts'
import { brokerCommand, type BrokerProgram, unitName } from '../upkeep/broker-units.ts'
import { type AwsPlaces, awsPlaces } from '../upkeep/places.ts'
import { readUpkeeps, type Recorded } from '../upkeep/records.ts'
import { brokerLines, brokerValue } from './aws-broker-text.ts'
import { programOf } from './prepare.ts'
import { brokerServiceOf } from './broker-service-place.ts'
import { seeBroker } from './see-broker.ts'
import { consentTo } from './consent.ts'
import type { Session, Verb } from './session.ts'

/** How long a new broker may take to be there. */
const startTimeoutMs = 15_000
const pauseMs = 200
/** How long it may take to undo a start: the service manager's calls, and a process that is told to end. */
const undoTimeoutMs = 60_000

/** Installs and starts the broker, after showing what that is. */
export const brokerStart: Verb<'aws.broker.start'> = async (session) => {
  const { ports, world, env, signal, layout } = session
  const places = awsPlaces(layout, world.platform)
  const { launcher } = contextPlaces(layout, world.platform)
  const program = { launcher, environment: brokerEnvironment(env) }
  const kept = await readUpkeeps(ports.files, places)
  warnOfKeys(session, kept)
  if (kept.length === 0) {
    const text =
      'No cluster of this machine gets anything from AWS yet, so the broker has nothing to do until `devk8s up` with aws.ecr or aws.roles in the profile.'
    session.emit({ type: 'note', level: 'info', text })
  }
  const wanted = await wantedService(session, program)
  const installed = parseRecord(await ports.files.readText(places.brokerRecord))
  const running = await runningBroker(places, { ports, signal })
  const { by } = wanted.record
  if (running !== undefined && installed?.hash === wanted.record.hash) {
    session.answer(
      { running: true, pid: running.pid, by, changed: false },
      `The broker runs already, as process ${running.pid}.\n`,
    )
    return { exit: 0 }
  }
  await agree(session, wanted.record, program)
  const place = brokerServiceOf(session)
  // The service that is to be written takes the place of whosever lies there, as was agreed to.
  const whose = place !== undefined && place.file === wanted.record.file ? 'any' : 'own'
  await stopBroker(places, { ports, signal }, place, whose)
  await writeLauncher(session, launcher)
  const pid = await begin(session, places, wanted, program)
  if (pid === undefined) return { exit: 0 }
  session.answer(
    { running: true, pid, by, changed: true },
    `The broker runs as process ${pid}, ${howItRuns[by]}.\n`,
  )
  return { exit: 0, next: ['devk8s aws broker status'] }
}

/**
 * Starts the broker, and leaves nothing of it behind when that fails or is interrupted: it would be tried again at each
 * login.
 * @returns its process id; undefined in a rehearsal, where nothing runs in the background.
 */
async function begin(
  session: Session,
  places: AwsPlaces,
  wanted: BrokerService,
  program: BrokerProgram,
): Promise<number | undefined> {
  const { ports, signal } = session
  // The record first: a broker that finds none ends.
  await writeRecord(session, places, wanted.record)
  try {
    await startService(wanted, { ports, signal })
    if (wanted.record.by === 'process' && !(await detach(session, places, program))) return undefined
    return await waitForBroker(session, places)
  } catch (error) {
    // After Ctrl-C nothing could be called with the signal of the run.
    const undoing = AbortSignal.timeout(undoTimeoutMs)
    const undone = stopBroker(places, { ports, signal: undoing }, brokerServiceOf(session))
    // Why it did not start says more than why what is left of it does not end.
    await undone.catch((more: unknown) => {
      if (!isDevK8sError(more) && !undoing.aborted) throw more
    })
    throw error
  }
}

const howItRuns = {
  launchd: 'started by launchd at each login',
  systemd: `started by systemd at each login (${unitName})`,
  process: 'until the machine is turned off',
} as const

async function wantedService(session: Session, program: BrokerProgram): Promise<BrokerService> {
  const { ports, world, env, signal, rehearsal } = session
  const { platform, home } = world
  return serviceFor({ platform, home, env, isAlone: rehearsal !== undefined }, program, { ports, signal })
}

async function agree(
  session: Session,
  wanted: BrokerRecord,
  { launcher, environment }: BrokerProgram,
): Promise<void> {
  const details = [
    ...(wanted.file === undefined ? [] : [`writes  ${wanted.file}`]),
    `starts  ${launcher} ${brokerCommand}, ${howItRuns[wanted.by]}`,
    // Names alone: a proxy's address may hold a password.
    `with    of your variables: ${Object.keys(environment).join(', ')}`,
    'undo    devk8s aws broker stop',
  ]
  await consentTo(
    session,
    { id: 'aws.broker.start', text: 'Start the broker?', details },
    { detail: 'Nothing was started.', next: ['devk8s aws broker start'] },
  )
}

/** Without a profile the keys of this shell are used, which end with it. */
function warnOfKeys({ env, emit }: Session, found: readonly Recorded[]): void {
  if (!hasKeysInEnvironment(env)) return
  const without = found.filter((each) => 'upkeep' in each && each.upkeep.source.profile === undefined)
  if (found.length > 0 && without.length === 0) return
  const text =
    'The AWS keys in this shell’s variables cannot be handed to a broker, and nobody could renew them there. Use an AWS profile: devk8s aws login --aws-profile NAME.'
  emit({ type: 'note', level: 'warning', text })
}

/** It is there already when the team has contexts; the broker starts through it, so that it survives updates. */
async function writeLauncher(session: Session, path: string): Promise<void> {
  const { files } = session.ports
  const text = renderLauncher({ path, ...programOf(session) })
  if ((await files.readText(path)) !== text) {
    await files.makeFolder(path.replace(/[/\\][^/\\]*$/, ''))
    await files.write(path, text, { mode: launcherMode })
  }
  await files.chmod(path, launcherMode)
}

async function writeRecord({ ports }: Session, places: AwsPlaces, record: BrokerRecord): Promise<void> {
  await ports.files.makeFolder(places.brokerRecord.replace(/[/\\][^/\\]*$/, ''), 0o700)
  await ports.files.write(places.brokerRecord, `${JSON.stringify(record)}\n`, { mode: 0o600 })
}

/** @returns false in a rehearsal, where nothing runs in the background. */
async function detach(session: Session, places: AwsPlaces, { environment }: BrokerProgram): Promise<boolean> {
  const { ports, world, rehearsal } = session
  const pid = await ports.programs.detach({
    tool: 'own',
    program: world.nodePath,
    args: [world.scriptPath, brokerCommand],
    env: environment,
    changes: true,
  })
  if (pid !== undefined) return true
  await ports.files.remove(places.brokerRecord)
  if (rehearsal === undefined) {
    fail(brokerNotStarted, {
      detail: `${world.nodePath} ${world.scriptPath} ${brokerCommand} could not be started.`,
      next: ['devk8s aws refresh'],
    })
  }
  session.answer(
    { running: false, rehearsed: true },
    'In a rehearsal nothing runs in the background; the broker would run now.\n',
  )
  return false
}

/** @throws DevK8sError DK5054 with the last lines of its log. */
async function waitForBroker({ ports, signal }: Session, places: AwsPlaces): Promise<number> {
  const deadline = ports.clock.monotonic() + startTimeoutMs
  for (;;) {
    const running = await runningBroker(places, { ports, signal })
    if (running !== undefined) return running.pid
    if (ports.clock.monotonic() >= deadline) break
    await ports.clock.sleep(pauseMs, signal)
  }
  const log = (await ports.files.readText(places.brokerLog)) ?? ''
  return fail(brokerNotStarted, {
    detail: `It was started and was not there after ${startTimeoutMs / 1000} s. Its log is ${places.brokerLog}.`,
    next: ['devk8s aws refresh'],
    evidence: log
      .split('\n')
      .filter((line) => line !== '')
      .slice(-5),
  })
}

/** Stops the broker and takes its service away. */
export const brokerStop: Verb<'aws.broker.stop'> = async (session) => {
  const { ports, signal, layout, world } = session
  const places = awsPlaces(layout, world.platform)
  const stopped = await stopBroker(places, { ports, signal }, brokerServiceOf(session))
  const value: Json = { stopped: stopped !== undefined, ...stopped }
  session.answer(
    value,
    stopped === undefined
      ? 'No broker runs.\n'
      : stopped.by === undefined || stopped.by === 'process'
        ? 'The broker is stopped.\n'
        : 'The broker is stopped and its service gone.\n',
  )
  const left = (await readUpkeeps(ports.files, places)).flatMap((each) =>
    'upkeep' in each && each.upkeep.images?.mode === 'addon' ? [each.cluster] : [],
  )
  if (left.length === 0) return { exit: 0 }
  session.emit({ type: 'note', level: 'warning', text: withoutBroker(left) })
  return { exit: 0, next: ['devk8s up'] }
}

/** Whether the broker runs, and what it found last. Exit 3 when none runs. */
export const brokerStatus: Verb<'aws.broker.status'> = async (session) => {
  const { ports, layout, world } = session
  const places = awsPlaces(layout, world.platform)
  const seen = await seeBroker(places, session)
  const { running, held } = seen
  const now = ports.clock.now()
  session.answer(
    brokerValue(seen, places),
    brokerLines(seen, now)
      .flatMap((line) =>
        world.stdout.isTTY ? wrap(line.trimStart(), columnsOf(world.stdout), /^ */.exec(line)?.[0]) : line,
      )
      .map((line) => `${line}\n`)
      .join(''),
  )
  return {
    exit: running === undefined ? 3 : 0,
    next: [
      ...held.flatMap(({ next }) => next),
      ...(running === undefined ? ['devk8s aws broker start'] : []),
    ],
  }
}
