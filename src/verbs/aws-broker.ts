import { launcherMode, renderLauncher } from '../contexts/launcher.ts'
import { contextPlaces } from '../contexts/places.ts'
import type { Json } from '../ports/event.ts'
import { brokerNotStarted } from '../problems/broker.ts'
import { fail } from '../problems/problem.ts'
import { declined } from '../problems/state.ts'
import { brokerEnvironment, hasKeysInEnvironment } from '../upkeep/broker-environment.ts'
import { type BrokerRecord, parseRecord, parseState, runningBroker } from '../upkeep/broker-files.ts'
import { type BrokerService, serviceFor, startService, stopBroker } from '../upkeep/broker-service.ts'
import { brokerCommand, type BrokerProgram, unitName } from '../upkeep/broker-units.ts'
import { type AwsPlaces, awsPlaces } from '../upkeep/places.ts'
import { readUpkeeps } from '../upkeep/records.ts'
import { brokerLines, brokerValue } from './aws-broker-text.ts'
import { programOf } from './prepare.ts'
import type { Session, Verb } from './session.ts'

/** How long a new broker may take to be there. */
const startTimeoutMs = 15_000
const pauseMs = 200

/** Installs and starts the broker, after showing what that is. */
export const brokerStart: Verb<'aws.broker.start'> = async (session) => {
  const { ports, world, env, signal, layout } = session
  const places = awsPlaces(layout, world.platform)
  const { launcher } = contextPlaces(layout, world.platform)
  const program = { launcher, environment: brokerEnvironment(env) }
  await warnOfKeys(session, places)
  const wanted = await wantedService(session, program)
  const installed = parseRecord(await ports.files.readText(places.brokerRecord))
  const running = await runningBroker(places, ports)
  const { by } = wanted.record
  if (running !== undefined && installed?.hash === wanted.record.hash) {
    session.answer(
      { running: true, pid: running.pid, by, changed: false },
      `The broker runs already, as process ${running.pid}.\n`,
    )
    return { exit: 0 }
  }
  await agree(session, wanted.record, program)
  await stopBroker(places, { ports, signal })
  await writeLauncher(session, launcher)
  await writeRecord(session, places, wanted.record)
  await startService(wanted, { ports, signal })
  if (by === 'process' && !(await detach(session, places, program))) return { exit: 0 }
  const pid = await waitForBroker(session, places)
  session.answer(
    { running: true, pid, by, changed: true },
    `The broker runs as process ${pid}, ${howItRuns[by]}.\n`,
  )
  return { exit: 0, next: ['devk8s aws broker status'] }
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

/** @throws DevK8sError DK8050 after a no; DK8010 when nobody can be asked. */
async function agree(
  session: Session,
  wanted: BrokerRecord,
  { launcher, environment }: BrokerProgram,
): Promise<void> {
  const { ports, signal } = session
  const agreed = await ports.prompts.ask(
    {
      id: 'aws.broker.start',
      kind: 'confirm',
      text: 'Start the broker?',
      details: [
        ...(wanted.file === undefined ? [] : [`writes  ${wanted.file}`]),
        `starts  ${launcher} ${brokerCommand}, ${howItRuns[wanted.by]}`,
        // Names alone: a proxy's address may hold a password.
        `with    ${Object.keys(environment).join(', ')}`,
        'undo    devk8s aws broker stop',
      ],
      flag: '--yes',
      fallback: undefined,
    },
    signal,
  )
  if (!agreed) fail(declined, { detail: 'Nothing was started.', next: ['devk8s aws broker start'] })
}

/** Without a profile the keys of this shell are used, which end with it. */
async function warnOfKeys(session: Session, places: AwsPlaces): Promise<void> {
  const { env, ports } = session
  if (!hasKeysInEnvironment(env)) return
  const found = await readUpkeeps(ports.files, places)
  const without = found.filter((each) => 'upkeep' in each && each.upkeep.source.profile === undefined)
  if (found.length > 0 && without.length === 0) return
  const text =
    'The AWS keys in this shell’s variables cannot be handed to a broker, and nobody could renew them there. Use an AWS profile: devk8s aws login --aws-profile NAME.'
  session.emit({ type: 'note', level: 'warning', text })
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
    const running = await runningBroker(places, ports)
    if (running !== undefined) return running.pid
    if (ports.clock.monotonic() >= deadline) break
    await ports.clock.sleep(pauseMs, signal)
  }
  const log = (await ports.files.readText(places.brokerLog)) ?? ''
  return fail(brokerNotStarted, {
    detail: `It was started and is not there after ${startTimeoutMs / 1000} s. Its log is ${places.brokerLog}.`,
    next: ['devk8s aws broker stop', 'devk8s aws refresh'],
    evidence: log
      .split('\n')
      .filter((line) => line !== '')
      .slice(-5),
  })
}

/** Stops the broker and takes its service away. */
export const brokerStop: Verb<'aws.broker.stop'> = async (session) => {
  const { ports, signal, layout, world } = session
  const stopped = await stopBroker(awsPlaces(layout, world.platform), { ports, signal })
  const value: Json = { stopped: stopped !== undefined, ...stopped }
  session.answer(
    value,
    stopped === undefined ? 'No broker runs.\n' : 'The broker is stopped and its service gone.\n',
  )
  return { exit: 0 }
}

/** Whether the broker runs, and what it found last. Exit 3 when none runs. */
export const brokerStatus: Verb<'aws.broker.status'> = async (session) => {
  const { ports, layout, world } = session
  const places = awsPlaces(layout, world.platform)
  const [running, record, state] = await Promise.all([
    runningBroker(places, ports),
    ports.files.readText(places.brokerRecord).then(parseRecord),
    ports.files.readText(places.brokerState).then(parseState),
  ])
  const seen = { running, record, state: running?.pid === state?.pid ? state : undefined }
  const now = ports.clock.now()
  session.answer(
    brokerValue(seen, places),
    brokerLines(seen, now)
      .map((line) => `${line}\n`)
      .join(''),
  )
  return {
    exit: running === undefined ? 3 : 0,
    next: running === undefined ? ['devk8s aws broker start'] : [],
  }
}
