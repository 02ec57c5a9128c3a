import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { realFiles } from '../../src/adapters/files.ts'
import { commands } from '../../src/cli/commands.ts'
import { createJournal } from '../../src/engine/journal.ts'
import { createRedaction } from '../../src/engine/redact.ts'
import { layoutOf } from '../../src/plan/layout.ts'
import { Secret } from '../../src/ports/secret.ts'
import { openReport } from '../../src/report/open.ts'
import { faultKinds } from '../../src/simulator/faults.ts'
import type { Laptop as LaptopState } from '../../src/simulator/state.ts'
import { awsPlaces } from '../../src/upkeep/places.ts'
import { type Done, type Laptop, newLaptop, requestOf, type RunOptions, worldAt } from '../fakes/session.ts'
import {
  canaries,
  canariesIn,
  canaryAws,
  canaryRegistryPassword,
  canarySession,
  formsOf,
  secretsWithSessions,
} from '../support/canaries.ts'

/** The simulated cluster itself: where keys belong, and where they are looked at one by one below. */
const clusterFile = 'laptop.json'
/** What the test itself put there, for `guard scan` to find. */
const planted = 'planted/.env'
/** Agreed to, so that nothing stops at a question. */
const answers = {
  'cluster.volume': true,
  destroy: true,
  'alias.install': true,
  'alias.remove': true,
  'aws.attach': true,
  'aws.broker.start': true,
  'aws.import': true,
  'aws.logout': true,
  'aws.restart': true,
  'contexts.adopt': true,
  'contexts.lint': true,
  'contexts.prune': true,
  'contexts.remove': true,
  'contexts.undo': true,
  'context.protected': 'prod',
  'guard.install': true,
  'unlock.reason': 'a rehearsal',
}

/** A command on this laptop, through the real reporter and a real journal. */
interface Shown extends Done {
  readonly line: string
  readonly printed: string
}

/**
 * Neither the reporter nor the journal is told of any secret, so none of them masks anything: what is found is that there
 * is nothing to mask.
 */
async function show(laptop: Laptop, line: string, options: RunOptions = {}): Promise<Shown> {
  const request = await requestOf(line)
  let printed = ''
  const sink = { write: (text: string) => void (printed += text), isTTY: false, columns: 80 }
  const world = { ...worldAt(laptop.folder, laptop.home, laptop.clock), stdout: sink, stderr: sink }
  const report = await openReport(request, world, createRedaction())
  const layout = layoutOf({ cwd: laptop.folder, env: {}, home: laptop.home, platform: 'linux' })
  const journal = createJournal({
    files: realFiles(),
    folder: `${layout.state}/journal`,
    command: request.command,
    startedAt: laptop.clock.now(),
    redaction: createRedaction(),
  })
  const done = await laptop.run(line, {
    answers,
    rehearsal: laptop.folder,
    ...options,
    through: (ports) => {
      const given = options.through?.(ports) ?? ports
      return { ...given, aws: canaryAws(given.aws) }
    },
    listen: (event) => {
      report.emit(event)
      journal.emit(event)
    },
  })
  const { answer, text, result, exit } = done
  report.emit({ at: laptop.clock.now(), type: 'run.finished', exit, durationMs: 0, next: [] })
  report.close({
    ...(answer === undefined ? {} : { value: answer }),
    ...(text === undefined ? {} : { text }),
    ...(result === undefined ? {} : { result }),
  })
  await journal.close()
  return { ...done, line, printed }
}

/** Where the run left a canary that is not to have one; empty when nowhere. */
function leaksOf({ line, printed, calls, events, answer }: Shown): readonly string[] {
  const children = calls.map(({ program, args, env = {} }) => {
    const values = Object.values(env).map((value) => (value instanceof Secret ? Secret.reveal(value) : value))
    return [program, ...args, ...values].join(' ')
  })
  const texts = {
    'what is printed': printed,
    'its events': JSON.stringify(events),
    'its answer': JSON.stringify(answer ?? null),
    'its children': children.join('\n'),
  }
  return Object.entries(texts).flatMap(([place, text]) =>
    canariesIn(text).map((name) => `${line}: ${name} in ${place}`),
  )
}

/** The same of every file of the laptop, temporary ones among them. */
async function leaksOnDisk(laptop: Laptop): Promise<readonly string[]> {
  const entries = await readdir(laptop.folder, { recursive: true, withFileTypes: true })
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(laptop.folder, join(entry.parentPath, entry.name)))
    .filter((path) => path !== clusterFile && path !== planted)
  const found = await Promise.all(
    files.map(async (path) => {
      const full = join(laptop.folder, path)
      // Managed tools are megabytes of nothing that the simulated downloads made.
      if ((await stat(full)).size > 1_000_000) return []
      return canariesIn(await readFile(full, 'utf8')).map((name) => `${name} in ${path}`)
    }),
  )
  return found.flat()
}

async function objectsOf(laptop: Laptop) {
  const { nodes } = JSON.parse(await readFile(join(laptop.folder, clusterFile), 'utf8')) as LaptopState
  return Object.values(nodes).flatMap(({ store }) =>
    [...Object.values(store?.objects ?? {}), ...(store?.gone ?? [])].map(({ object }) => object),
  )
}

/** Of the cluster's objects, those that hold a canary anywhere but in the data of a Secret. */
async function leaksInCluster(laptop: Laptop): Promise<readonly string[]> {
  return (await objectsOf(laptop)).flatMap((object) => {
    const { data: _, ...rest } = object
    const seen = canariesIn(JSON.stringify(object.kind === 'Secret' ? rest : object))
    return seen.map((name) => `${name} in ${object.kind} ${object.metadata.name}`)
  })
}

/** The data of a Secret of the cluster, as text. */
async function secretIn(laptop: Laptop, namespace: string, name: string) {
  const found = (await objectsOf(laptop)).find(
    ({ kind, metadata }) => kind === 'Secret' && metadata.namespace === namespace && metadata.name === name,
  )
  const data = (found?.['data'] ?? {}) as Readonly<Record<string, string>>
  return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, atob(value)]))
}

/** The name of the namespace's first pod; `none` without a cluster. */
async function podIn(laptop: Laptop, namespace: string): Promise<string> {
  const found = await objectsOf(laptop).catch(() => [])
  const pod = found.find(({ kind, metadata }) => kind === 'Pod' && metadata.namespace === namespace)
  return pod?.metadata.name ?? 'none'
}

/** Commands that need a person, a shell or standard input, or whose output is a credential by design. */
const notHere: Readonly<Record<string, string>> = {
  token: 'hands out a credential: test/verbs/token-lab.ts reads it',
  exec: 'runs a program of the person’s own: test/verbs/exec.test.ts',
  completion: 'writes a script, before anything of the laptop is there',
  'prompt init': 'writes a script, before anything of the laptop is there',
}

const image = '123456789012.dkr.ecr.eu-west-1.amazonaws.com/payments/api:1.42.0'

/** Every other command, in an order in which each finds something to do. */
const lines: readonly string[] = [
  'plan --profile acme --save-plan first.plan.json',
  'up --profile acme',
  'up --profile acme',
  'plan --profile acme --save-plan second.plan.json',
  'status --profile acme',
  'doctor --profile acme',
  'verify --profile acme',
  `verify --profile acme --image ${image}`,
  'aws login --profile acme',
  'aws import --cluster acme-staging --profile acme',
  'aws status --profile acme',
  'aws whoami payments/POD --profile acme',
  'aws why payments-api --profile acme',
  'aws refresh --profile acme',
  'aws refresh --restart --profile acme',
  'aws whoami --profile acme',
  'aws import --cluster acme-staging --remove --profile acme',
  'aws attach deploy/payments-api -n payments --profile acme',
  'aws attach deploy/payments-api -n payments --remove --profile acme',
  'aws broker status --profile acme',
  'aws broker start --profile acme',
  'aws broker stop --profile acme',
  'guard scan planted --profile acme',
  'guard scan --cluster --profile acme',
  'guard install --profile acme',
  'guard remove --profile acme',
  'guard policy --profile acme',
  'profile list',
  'profile show --profile acme',
  'profile validate --profile acme',
  'profile init --yes',
  'switch local --profile acme',
  'env local --profile acme',
  'namespaces shop --profile acme',
  'contexts list --profile acme',
  'contexts show staging --profile acme',
  'contexts diff --profile acme',
  'contexts sync --profile acme',
  'contexts adopt dev --profile acme',
  'contexts rename onprem basement --profile acme',
  'contexts color staging blue --profile acme',
  'contexts remove basement --yes --profile acme',
  'contexts undo --profile acme',
  'contexts lint --profile acme',
  'unlock prod --profile acme',
  'lock prod --profile acme',
  'alias install --profile acme',
  'alias remove --profile acme',
  'version --profile acme',
  'aws logout --profile acme',
  'up --profile acme',
  'down --profile acme',
  'destroy --yes --profile acme',
]

/** The words of a line before its flags. */
const commandOf = (line: string) => line.replace(/ --.*/, '')

/** They say by their exit what they found, or have nothing to do without a git repository. */
const always = ['aws status', 'aws broker status', 'guard scan planted', 'guard install', 'guard remove']
/** What is the other lane's says so. */
const mayFail: Readonly<Record<Lane, readonly string[]>> = {
  agent: [...always, 'aws attach deploy/payments-api -n payments'],
  env: [...always, 'aws why payments-api'],
}

/** In words and for programs, with all that each has to say. */
const styles = ['--verbose --show-commands', '--output json --show-commands']

/** By which way pods get AWS: the agent, which has all sessions in one Secret, or one with variables in each namespace. */
const lanes = ['agent', 'env'] as const
type Lane = (typeof lanes)[number]

/** A command of the profile acme, in this lane. */
const inLane = (line: string, lane: Lane, { folder }: Laptop): string =>
  lane === 'agent' ? line : line.replace('--profile acme', `--profile ${join(folder, 'keys.yaml')}`)

async function plantedLaptop(): Promise<Laptop> {
  const laptop = await newLaptop()
  const head = 'apiVersion: devk8s.dev/v1\nkind: Profile\nmetadata: { name: keys }\nextends: acme\n'
  await writeFile(join(laptop.folder, 'keys.yaml'), `${head}aws: { lane: env }\n`)
  await mkdir(join(laptop.folder, 'planted'), { recursive: true })
  const { accessKeyId, secretAccessKey } = canarySession
  const text = `AWS_ACCESS_KEY_ID=${accessKeyId}\nAWS_SECRET_ACCESS_KEY=${secretAccessKey}\n`
  await writeFile(join(laptop.folder, planted), text)
  return laptop
}

describe('the finder', () => {
  test.each(canaries.map(({ name, plain }) => [name, plain] as const))(
    '%s is found in each form',
    (name, plain) => {
      const disguises = [
        plain,
        `https://x.test/?token=${encodeURIComponent(plain)}`,
        ...['', 'A', 'AW', 'AWS'].map((before) => btoa(`${before}:${plain}:tail`)),
        ...['', 'A', 'AW'].map((before) => btoa(JSON.stringify({ auth: btoa(`${before}${plain}`) }))),
        Buffer.from(`{"${plain}"}`).toString('base64url'),
      ]
      for (const text of disguises) expect(canariesIn(`some ${text} text`)).toContain(name)
      expect(formsOf(plain).filter((form) => form.length < 12)).toEqual([])
    },
  )
})

describe('no key of AWS leaves its place', () => {
  test('every command is here, or is said to be not', () => {
    const said = [...lines, ...Object.keys(notHere)]
    const missing = commands
      .map(({ path }) => path.join(' '))
      .filter((path) => !said.some((line) => line === path || line.startsWith(`${path} `)))
    expect(missing).toEqual([])
  })

  test(
    'a leak would be seen: in what is printed, in the answer, in a file',
    { timeout: 60_000 },
    async () => {
      const laptop = await plantedLaptop()
      await show(laptop, 'up --profile acme --no-input')
      const { secretAccessKey } = canarySession
      const careless: RunOptions['through'] = (ports) => ({
        ...ports,
        aws: {
          ...ports.aws,
          callerIdentity: async (source, signal) => ({
            ...(await ports.aws.callerIdentity(source, signal)),
            arn: `arn:aws:iam::123456789012:user/${secretAccessKey}`,
          }),
        },
      })
      const line = 'aws whoami --profile acme'
      expect(leaksOf(await show(laptop, line, { through: careless }))).toEqual(
        ['what is printed', 'its answer'].map((place) => `${line}: session secretAccessKey in ${place}`),
      )
      await writeFile(join(laptop.folder, 'left.txt'), btoa(`key: ${secretAccessKey}`))
      expect(await leaksOnDisk(laptop)).toEqual(['session secretAccessKey in left.txt'])
    },
  )

  test.for(lanes)('lane %s: the keys reach the cluster, and it alone', { timeout: 60_000 }, async (lane) => {
    const laptop = await plantedLaptop()
    const done = await show(
      laptop,
      inLane('up --profile acme --no-input --verbose --show-commands', lane, laptop),
    )
    expect({ exit: done.exit, problems: done.problems }).toEqual({ exit: 0, problems: [] })
    const holding = secretsWithSessions(await objectsOf(laptop))
    expect({ none: holding.length === 0, others: holding.filter((name) => !isOfLane[lane](name)) }).toEqual({
      none: false,
      others: [],
    })
    const sessions = await sessionsOf[lane](laptop)
    expect(sessions).toEqual(sessions.map(() => expect.objectContaining(canarySession)))
    const { '.dockerconfigjson': config = '' } = await secretIn(laptop, 'shop', 'awsecr-cred')
    expect(config).toContain(btoa(`AWS:${canaryRegistryPassword}`))
    // What went to kubectl went by standard input.
    const inputs = done.calls.map(({ stdin }) =>
      stdin instanceof Secret ? Secret.reveal(stdin) : (stdin ?? ''),
    )
    expect(inputs.filter((text) => canariesIn(text).length > 0)).not.toEqual([])
    expect(leaksOf(done)).toEqual([])
    expect(await leaksInCluster(laptop)).toEqual([])
    expect(await leaksOnDisk(laptop)).toEqual([])
  })
})

/** The Secrets of this lane, of all that could hold a session. */
const isOfLane: Readonly<Record<Lane, (name: string) => boolean>> = {
  agent: (name) => name === 'devk8s-system/devk8s-aws-sessions',
  env: (name) => name.endsWith('/aws-credentials'),
}

/** The sessions that a pod of payments could get, under the names that their Secret has for the keys. */
const sessionsOf: Readonly<Record<Lane, (laptop: Laptop) => Promise<readonly unknown[]>>> = {
  async agent(laptop) {
    const { 'sessions.json': text = '' } = await secretIn(laptop, 'devk8s-system', 'devk8s-aws-sessions')
    const { sessions } = JSON.parse(text) as { readonly sessions: Readonly<Record<string, unknown>> }
    return [sessions['developer'], sessions['profile:acme-billing']]
  },
  async env(laptop) {
    const data = await secretIn(laptop, 'payments', 'aws-credentials')
    const [accessKeyId, secretAccessKey, sessionToken] = [
      data['AWS_ACCESS_KEY_ID'],
      data['AWS_SECRET_ACCESS_KEY'],
      data['AWS_SESSION_TOKEN'],
    ]
    return [{ accessKeyId, secretAccessKey, sessionToken }]
  },
}

describe.each(lanes.flatMap((lane) => styles.map((style) => [lane, style] as const)))(
  'lane %s, with %s',
  (lane, style) => {
    const shown: Shown[] = []
    let onDisk: readonly string[] = []
    let inCluster: readonly string[] = []
    let inSecrets: readonly string[] = []
    beforeAll(async () => {
      const laptop = await plantedLaptop()
      for (const line of lines) {
        if (line.startsWith('down')) {
          inCluster = await leaksInCluster(laptop)
          inSecrets = secretsWithSessions(await objectsOf(laptop))
        }
        if (line.startsWith('destroy')) onDisk = await leaksOnDisk(laptop)
        const named = inLane(line.replace('POD', await podIn(laptop, 'payments')), lane, laptop)
        shown.push(await show(laptop, `${named} --no-input ${style}`))
      }
      onDisk = [...onDisk, ...(await leaksOnDisk(laptop))]
    }, 120_000)

    test('no command prints or passes on a key', () => {
      expect(shown.flatMap(leaksOf)).toEqual([])
      expect(shown.filter(({ exit }) => exit === 70).map(({ line }) => line)).toEqual([])
      const failed = shown.flatMap(({ line, exit }) => (exit === 0 ? [] : [commandOf(line)]))
      expect(failed.filter((command) => !mayFail[lane].includes(command))).toEqual([])
      expect(shown.filter(({ printed }) => printed === '').map(({ line }) => line)).toEqual([])
    })

    test('no file holds one, nor any object of the cluster but the Secrets of the lane', () => {
      expect({ onDisk, inCluster }).toEqual({ onDisk: [], inCluster: [] })
      expect(inSecrets).not.toEqual([])
      expect(inSecrets.filter((name) => !isOfLane[lane](name))).toEqual([])
    })
  },
)

describe('the broker', () => {
  const broken = ['', 'aws=ecr-denied', 'kube.api=forbidden']
  const cases = lanes.flatMap((lane) => broken.map((fault) => [lane, fault] as const))
  test.for(cases)(
    'lane %s: with the fault “%s” it tells nobody',
    { timeout: 60_000 },
    async ([lane, fault]) => {
      const laptop = await plantedLaptop()
      await show(laptop, inLane('up --profile acme --no-input', lane, laptop))
      const layout = layoutOf({ cwd: laptop.folder, env: {}, home: laptop.home, platform: 'linux' })
      const places = awsPlaces(layout, 'linux')
      await writeFile(places.brokerRecord, '{}')
      await laptop.clock.sleep(45 * 60_000)
      const stop = new AbortController()
      let calls = 0
      const through: RunOptions['through'] = (ports) => ({
        ...ports,
        exec: {
          ...ports.exec,
          async run(command, how) {
            calls += 1
            // It goes on for ever: enough for a renewal, or for many that fail.
            if (calls > 60) stop.abort('SIGTERM')
            return ports.exec.run(command, how)
          },
        },
      })
      const ran = await show(laptop, '__broker', {
        through,
        signal: stop.signal,
        faults: fault === '' ? [] : [fault],
      })
      expect(ran.exit).toBe(0)
      expect(leaksOf(ran)).toEqual([])
      expect(await readFile(places.brokerLog, 'utf8')).toMatch(fault === '' ? /renewed/ : /started/)
      expect([await leaksOnDisk(laptop), await leaksInCluster(laptop)]).toEqual([[], []])
    },
  )
})

const faults = faultKinds
  .filter(({ name }) => ['aws', 'cluster', 'kube.api', 'node', 'agent'].includes(name))
  .flatMap(({ name, values }) => Object.keys(values).map((value) => `${name}=${value}`))

/** What strikes the agent or the way to it is nothing to the other lane. */
const faultsOfAny = faults.filter((fault) => !/^(?:node|agent)=/.test(fault))

describe.each(lanes)('lane %s, in every failure', (lane) => {
  let laptop: Laptop
  beforeAll(async () => {
    laptop = await plantedLaptop()
    await show(laptop, inLane('up --profile acme --no-input', lane, laptop))
  }, 60_000)

  test.for(lane === 'agent' ? faults : faultsOfAny)('%s', { timeout: 60_000 }, async (fault) => {
    // Before the end of its session the cluster wants another one.
    await laptop.clock.sleep(45 * 60_000)
    const struck: Shown[] = []
    for (const line of ['up', 'aws refresh', 'aws status'].map((each) =>
      inLane(`${each} --profile acme`, lane, laptop),
    )) {
      // What is done to a cluster is done once, before the first command.
      const isDone = fault.startsWith('cluster=') && struck.length > 0
      const options = { faults: isDone ? [] : [fault] }
      struck.push(await show(laptop, `${line} --no-input --verbose --show-commands`, options))
    }
    expect(struck.flatMap(leaksOf)).toEqual([])
    expect(await leaksOnDisk(laptop)).toEqual([])
    expect(await leaksInCluster(laptop)).toEqual([])
  })
})
