import { mkdir, mkdtemp, realpath, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { realExec } from '../../src/adapters/exec.ts'
import { realFiles } from '../../src/adapters/files.ts'
import { handOverTo } from '../../src/adapters/hand-over.ts'
import { realHashing } from '../../src/adapters/hash.ts'
import { parseArgs } from '../../src/cli/parse.ts'
import { contextPlaces, type ContextPlaces } from '../../src/contexts/places.ts'
import { layoutOf } from '../../src/plan/layout.ts'
import type { Aws, AwsCredentials, AwsSource } from '../../src/ports/aws.ts'
import type { EventBody, Json } from '../../src/ports/event.ts'
import type { Ports } from '../../src/ports/ports.ts'
import type { Question } from '../../src/ports/prompts.ts'
import { Secret } from '../../src/ports/secret.ts'
import { isDevK8sError, type Problem } from '../../src/problems/problem.ts'
import type { Session, VerbEnd } from '../../src/verbs/session.ts'
import { verbs } from '../../src/wire.ts'
import { manualClock } from '../engine/manual-clock.ts'
import { noAws, noLint, noPrograms } from '../fakes/nothing.ts'
import { worldAt } from '../fakes/session.ts'

/** What one command did. */
export interface Ran {
  readonly exit: number
  /** Everything on stdout. */
  readonly stdout: string
  /** What other programs said on stderr. */
  readonly stderr: string
  readonly problems: readonly Problem[]
  readonly notes: readonly string[]
  readonly answer: Json | undefined
  readonly asked: readonly Question[]
}

export interface TokenLab {
  readonly home: string
  readonly places: ContextPlaces
  readonly files: Ports['files']
  /** What AWS was asked for, in order. */
  readonly asked: readonly (AwsSource & { readonly sessionSeconds?: number })[]
  now(): number
  advance(ms: number): Promise<void>
  /** Sets the clock to another time, also back. */
  setClock(ms: number): void
  run(line: string | readonly string[], options?: LabRun): Promise<Ran>
}

export interface LabRun {
  readonly env?: Readonly<Record<string, string>>
  readonly answers?: Readonly<Record<string, string | boolean>>
  readonly through?: (ports: Ports) => Ports
}

/** Secrets of the lab; none may appear anywhere but in what is handed out. */
export const canary = ['canary', 'secret', 'key'].join('-')

/** Command lines of the lab: the profile's own identity, and a role behind it. */
export const eks = 'token --cluster acme-dev --region eu-west-1 --aws-profile acme'
export const role = (name: string) => `arn:aws:iam::111122223333:role/${name}`
export const full = `${eks} --role-arn ${role('full')}`
export const minuteMs = 60_000

/** Lifts the protection of a context as `devk8s unlock` does. */
export async function unlocked(lab: TokenLab, forMs: number, context = 'prod'): Promise<void> {
  await mkdir(lab.places.unlocks, { recursive: true })
  const record = { context, at: lab.now(), until: lab.now() + forMs, reason: 'a test' }
  await writeFile(join(lab.places.unlocks, `${context}.json`), JSON.stringify(record))
}

/** A session of a role, an hour long unless told. */
export function sessionOf(source: AwsSource, endMs: number): AwsCredentials {
  const who = (source.roleArn ?? source.profile ?? 'nobody').replace(/^.*\//, '')
  return {
    accessKeyId: `ASIA${who.toUpperCase().replaceAll(/[^A-Z]/g, '')}`,
    secretAccessKey: Secret.of(`${canary}-${who}`),
    sessionToken: Secret.of(`session-of-${who}`),
    expiresAtMs: endMs,
  }
}

/** A home folder in which `token`, `unlock` and `lock` run with real files, and an AWS that says what it is told to. */
export async function newTokenLab(aws: Partial<Aws> = {}): Promise<TokenLab> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'devk8s-token-')))
  const home = join(folder, 'home')
  const clock = manualClock({ auto: true })
  let shiftMs = 0
  const now = () => clock.now() + shiftMs
  const files = realFiles()
  const layout = layoutOf({ cwd: home, env: {}, home, platform: 'linux' })
  const asked: TokenLab['asked'][number][] = []
  const signedIn: Partial<Aws> = {
    credentials: async (source) => sessionOf(source, now() + (source.sessionSeconds ?? 900) * 1000),
    ...aws,
  }
  const telling: Aws = {
    ...noAws,
    ...signedIn,
    credentials: async (source, signal) => {
      asked.push(source)
      return (signedIn.credentials ?? noAws.credentials)(source, signal)
    },
  }

  async function run(line: string | readonly string[], options: LabRun = {}): Promise<Ran> {
    const parsed = await parseArgs(typeof line === 'string' ? line.split(' ') : line, {})
    if (parsed.kind !== 'request') throw new Error(`not a request: ${JSON.stringify(parsed)}`)
    const out = { stdout: '', stderr: '' }
    const notes: string[] = []
    const questions: Question[] = []
    let answer: Json | undefined
    const env = options.env ?? {}
    const stream = (name: 'stdout' | 'stderr') => ({
      write: (text: string) => {
        out[name] += text
      },
      isTTY: false,
      columns: 80,
    })
    const world = {
      ...worldAt(folder, home, clock),
      env,
      stdout: stream('stdout'),
      stderr: stream('stderr'),
    }
    const base: Ports = {
      files,
      clock: { ...clock, now },
      exec: realExec({ env: { PATH: process.env['PATH'], ...env } }),
      programs: noPrograms,
      aws: telling,
      net: undefined as never,
      host: { read: () => Promise.reject(new Error('no host here')), isAlive: () => false },
      hashing: realHashing(),
      prompts: {
        ask: async (question) => {
          questions.push(question)
          const given = options.answers?.[question.id]
          if (given === undefined) throw new Error(`nobody answered ${question.id}`)
          return given as never
        },
      },
    }
    const session: Session = {
      request: parsed.request,
      world,
      env,
      ports: options.through?.(base) ?? base,
      layout,
      emit: (body: EventBody) => {
        if (body.type === 'note') notes.push(body.text)
      },
      signal: world.signal,
      run: () => Promise.reject(new Error('no plan here')),
      answer: (value, text) => {
        answer = value
        out.stdout += text
      },
      lint: noLint,
      handOver: handOverTo(world.stdout),
    }
    const ended = await call(session)
    return { ...ended, ...out, notes, answer, asked: questions }
  }

  return {
    home,
    places: contextPlaces(layout, 'linux'),
    files,
    asked,
    now,
    advance: async (ms) => clock.advance(ms),
    setClock: (ms) => {
      shiftMs = ms - clock.now()
    },
    run,
  }
}

async function call(
  session: Session,
): Promise<{ readonly exit: number; readonly problems: readonly Problem[] }> {
  try {
    const verb = (await verbs[session.request.command]()) as (session: Session) => Promise<VerbEnd>
    return { exit: (await verb(session)).exit, problems: [] }
  } catch (error) {
    if (!isDevK8sError(error)) throw error
    return { exit: error.problems[0].exit, problems: error.problems }
  }
}

export interface ReadCredential {
  readonly kind: string
  readonly apiVersion: string
  readonly status: {
    readonly token?: string
    readonly clientCertificateData?: string
    readonly clientKeyData?: string
    readonly expirationTimestamp?: string
  }
}

/** The ExecCredential on stdout, read as strictly as client-go does. */
export function credentialOn({ stdout, problems }: Ran): ReadCredential {
  if (problems[0] !== undefined) throw new Error(`${problems[0].code}: ${problems[0].detail}`)
  return JSON.parse(stdout) as ReadCredential
}

/** Whose EKS token it is, as far as the presigned address says. */
export function signerOf(credential: ReadCredential): string {
  const [, encoded = ''] = (credential.status.token ?? '').split('.')
  const url = new URL(Buffer.from(encoded, 'base64url').toString())
  return url.searchParams.get('X-Amz-Credential')?.split('/')[0] ?? ''
}

/** Seconds from now until the program asks again. */
export function secondsLeft(credential: ReadCredential, nowMs: number): number {
  return Math.ceil((Date.parse(credential.status.expirationTimestamp ?? '') - nowMs) / 1000)
}
