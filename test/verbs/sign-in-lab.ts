import { mkdir, mkdtemp, readFile, realpath, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { realFiles } from '../../src/adapters/files.ts'
import { realHashing } from '../../src/adapters/hash.ts'
import { signInNeeded } from '../../src/aws/advice.ts'
import { configSections } from '../../src/aws/config-section.ts'
import { parseArgs } from '../../src/cli/parse.ts'
import type { Request } from '../../src/cli/request.ts'
import { layoutOf } from '../../src/plan/layout.ts'
import type { Aws, AwsSession, AwsSignIn, AwsSource, SsoStart } from '../../src/ports/aws.ts'
import type { EventBody, Json } from '../../src/ports/event.ts'
import type { Command, Ran } from '../../src/ports/exec.ts'
import type { Ports } from '../../src/ports/ports.ts'
import type { Question } from '../../src/ports/prompts.ts'
import { Secret } from '../../src/ports/secret.ts'
import { awsProfileMissing, awsProfileUnusable } from '../../src/problems/aws.ts'
import { DevK8sError, fail, isDevK8sError, type Problem } from '../../src/problems/problem.ts'
import type { Session, Verb } from '../../src/verbs/session.ts'
import { verbs } from '../../src/wire.ts'
import { manualClock } from '../engine/manual-clock.ts'
import { noAws, noLint } from '../fakes/nothing.ts'
import { worldAt } from '../fakes/session.ts'

export const startMs = Date.UTC(2026, 0, 2, 12)

/** An AWS profile of the person's, and whether they are signed in to it. */
export interface FakeProfile extends Omit<AwsSignIn, 'profile'> {
  readonly account?: string
  /** The files lead nowhere: a section with a region alone. */
  readonly unusable?: true
  /** Thrown by every call with it. */
  readonly fault?: Problem
}

export interface SignInLab {
  readonly home: string
  readonly config: string
  readonly overrides: string
  /** The profiles that one is signed in to. */
  readonly signedIn: Set<string>
  /** What AWS was asked, in order: `identity acme-dev`. */
  readonly calls: string[]
  readonly attached: Command[]
  readonly detached: Command[]
  readonly devices: SsoStart[]
  text(path: string): Promise<string>
  put(path: string, text: string): Promise<void>
  session(line: string, options?: LabOptions): Promise<{ readonly session: Session; readonly said: Said }>
  run(line: string, options?: LabOptions): Promise<Said & { readonly exit: number }>
}

export interface LabOptions {
  readonly env?: Readonly<Record<string, string>>
  /** By question id; one that is not here makes the test fail when it is asked. */
  readonly answers?: Readonly<Record<string, string | boolean>>
  /** Nobody sits at the terminal. */
  readonly alone?: true
  readonly signal?: AbortSignal
  /** Changes the ports of the command. */
  readonly through?: (ports: Ports) => Ports
  /** Called when a question is asked, before it is answered. */
  readonly onAsk?: (question: Question) => Promise<void>
}

/** What a command said. */
export interface Said {
  value: Json | undefined
  text: string
  stderr: string
  problems: Problem[]
  asked: Question[]
  next: readonly string[]
}

export interface LabParts {
  /** The lines of the `aws` section of the team's profile; none has it. */
  readonly aws?: string
  readonly profiles?: Readonly<Record<string, FakeProfile>>
  /** What `aws --version` prints; without it there is no AWS CLI. */
  readonly cli?: string
  /** Programs on PATH besides. */
  readonly onPath?: readonly string[]
  /** How the AWS CLI ends. */
  readonly cliExit?: number
}

/** A person with a home folder of their own, real files, and an AWS that knows the profiles of the lab and of `~/.aws/config`. */
export async function newSignInLab(parts: LabParts = {}): Promise<SignInLab> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'devk8s-sign-in-')))
  const home = join(folder, 'home')
  const layout = layoutOf({ cwd: home, env: {}, home, platform: 'linux' })
  const config = join(home, '.aws', 'config')
  const put = async (path: string, text: string) => {
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, text)
  }
  const head = 'apiVersion: devk8s.dev/v1\nkind: Profile\nmetadata: { name: acme }\n'
  await put(join(folder, 'devk8s.yaml'), `${head}${parts.aws === undefined ? '' : `aws:\n${parts.aws}`}`)
  const signedIn = new Set<string>()
  const calls: string[] = []
  const devices: SsoStart[] = []
  const attached: Command[] = []
  const detached: Command[] = []
  const clock = manualClock({ auto: true, startMs })
  const aws = personsAws({ profiles: parts.profiles ?? {}, config, signedIn, calls, devices })

  const programs: Ports['programs'] = {
    attach: async (command) => {
      attached.push(command)
      const at = command.args.indexOf('--profile')
      const exitCode = parts.cliExit ?? 0
      if (exitCode === 0) signedIn.add(command.args[at + 1] ?? '')
      return ended(exitCode)
    },
    detach: async (command) => {
      detached.push(command)
      return 4_711
    },
  }
  const exec: Ports['exec'] = {
    find: async (program) => {
      const has = program === 'aws' ? parts.cli !== undefined : parts.onPath?.includes(program) === true
      return has ? `/usr/bin/${program}` : undefined
    },
    run: async (command) => {
      if (command.args.join(' ') !== '--version') throw new Error(`not expected: ${command.args.join(' ')}`)
      return ended(0, parts.cli)
    },
  }

  async function session(line: string, options: LabOptions = {}) {
    const parsed = await parseArgs(line.split(' '), {})
    if (parsed.kind !== 'request') throw new Error(`not a request: ${line}`)
    const said: Said = { value: undefined, text: '', stderr: '', problems: [], asked: [], next: [] }
    const env = options.env ?? {}
    const isTTY = options.alone !== true
    const world = {
      ...worldAt(folder, home, clock, options.signal),
      env,
      stdinIsTTY: isTTY,
      stderr: { isTTY, columns: 80, write: (text: string) => void (said.stderr += text) },
    }
    const ports: Ports = {
      files: realFiles(),
      clock,
      exec,
      programs,
      aws,
      net: undefined as never,
      host: {
        read: () => Promise.reject(new Error('no host here')),
        isAlive: () => false,
        userName: () => 'anna',
      },
      hashing: realHashing(),
      prompts: {
        canAsk: isTTY,
        ask: async (question) => {
          said.asked.push(question)
          await options.onAsk?.(question)
          const answer = options.answers?.[question.id]
          if (answer === undefined) throw new Error(`nobody answered ${question.id}`)
          return answer as never
        },
      },
    }
    const opened: Session = {
      request: parsed.request,
      world,
      env,
      ports: options.through?.(ports) ?? ports,
      layout,
      emit: (body: EventBody) => {
        if (body.type === 'problem') said.problems.push(body.problem)
      },
      signal: world.signal,
      run: () => Promise.reject(new Error('no plan here')),
      answer: (value, text) => Object.assign(said, { value, text }),
      lint: noLint,
      handOver: () => {},
    }
    return { session: opened, said }
  }

  return {
    home,
    config,
    overrides: join(layout.config, 'overrides.yaml'),
    signedIn,
    calls,
    attached,
    detached,
    devices,
    put,
    text: async (path) => readFile(path, 'utf8'),
    session,
    async run(line, options) {
      const { session: opened, said } = await session(line, options)
      try {
        const verb = (await verbs[opened.request.command]()) as Verb<Request['command']>
        const { exit, next = [] } = await verb(opened)
        return { ...said, exit, next }
      } catch (error) {
        if (!isDevK8sError(error)) throw error
        return { ...said, problems: [...error.problems], exit: error.problems[0].exit }
      }
    },
  }
}

interface Person {
  readonly profiles: Readonly<Record<string, FakeProfile>>
  readonly config: string
  readonly signedIn: Set<string>
  readonly calls: string[]
  readonly devices: SsoStart[]
}

function personsAws({ profiles, config, signedIn, calls, devices }: Person): Aws {
  /** What was written into the file is there as well. */
  async function all(): Promise<Readonly<Record<string, FakeProfile>>> {
    const sections = configSections((await realFiles().readText(config)) ?? '')
    const written = sections.flatMap(({ header, values }): readonly (readonly [string, FakeProfile])[] => {
      if (!header.startsWith('profile ')) return []
      const session = values['sso_session'] ?? ''
      const start = sections.find((each) => each.header === `sso-session ${session}`)?.values ?? {}
      const sso = { startUrl: start['sso_start_url'] ?? '', region: start['sso_region'] ?? '', session }
      const account = values['sso_account_id'] ?? ''
      return [[header.slice('profile '.length), { kind: 'sso', account, sso }]]
    })
    return { ...Object.fromEntries(written), ...profiles }
  }
  async function found({ profile = 'default' }: AwsSource) {
    const known = await all()
    const one = known[profile]
    if (one?.unusable === true)
      fail(awsProfileUnusable, { detail: `The AWS profile ${profile} leads nowhere.` })
    if (one !== undefined) return one
    const names = Object.keys(known).join(', ')
    return fail(awsProfileMissing, {
      detail: `There is no AWS profile ${profile}. There are: ${names}`,
      next: ['devk8s aws login', 'aws configure'],
    })
  }
  async function signedInAs(source: AwsSource): Promise<FakeProfile> {
    const one = await found(source)
    const { profile = 'default' } = source
    if (one.fault !== undefined) throw new DevK8sError(one.fault)
    if ((one.kind === 'sso' || one.kind === 'login') && !signedIn.has(profile)) {
      throw new DevK8sError(signInNeeded(one.kind, profile, 'no session'))
    }
    return one
  }
  const keys = (one: FakeProfile): AwsSession => ({
    accessKeyId: 'ASIAEXAMPLE',
    secretAccessKey: Secret.of('canary-secret'),
    sessionToken: Secret.of('canary-session'),
    expiresAtMs: one.expiresAtMs ?? startMs + 3_600_000,
    account: one.account ?? '111122223333',
  })
  return {
    ...noAws,
    profiles: async () =>
      Object.entries(await all())
        .map(([name, { kind, account, unusable }]) => ({
          name,
          isUsable: unusable !== true,
          // Of keys the files say nothing.
          ...(kind === 'sso' && account !== undefined && { account }),
        }))
        .toSorted((a, b) => (a.name < b.name ? -1 : 1)),
    signInOf: async (source) => {
      const { account: _account, fault: _fault, unusable: _unusable, ...signIn } = await found(source)
      return { ...signIn, ...(source.profile === undefined ? {} : { profile: source.profile }) }
    },
    callerIdentity: async (source) => {
      calls.push(`identity ${source.profile ?? '-'}${source.roleArn === undefined ? '' : ' as role'}`)
      const { account = '111122223333' } = await signedInAs(source)
      return { account, arn: `arn:aws:iam::${account}:user/anna`, userId: 'AIDAEXAMPLE' }
    },
    credentials: async (source) => keys(await signedInAs(source)),
    session: async (source) => {
      calls.push(`session ${source.profile ?? '-'}`)
      return keys(await signedInAs(source))
    },
    startDeviceSignIn: async (start) => {
      devices.push(start)
      return {
        userCode: 'ABCD-EFGH',
        address: 'https://device.example/?user_code=ABCD-EFGH',
        expiresAtMs: startMs + 600_000,
        finish: async () => {
          for (const [name, { sso }] of Object.entries(await all())) {
            if (sso?.session === start.session) signedIn.add(name)
          }
        },
      }
    },
  }
}

function ended(exitCode: number, stdout = ''): Ran {
  return { outcome: 'exited', exitCode, signal: null, stdout, stderr: '', durationMs: 1 }
}
