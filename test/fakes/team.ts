import { mkdir, mkdtemp, readFile, realpath, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { parse } from 'yaml'
import { realFiles } from '../../src/adapters/files.ts'
import { realHashing } from '../../src/adapters/hash.ts'
import type { RunResult } from '../../src/engine/result.ts'
import { runPlan } from '../../src/engine/run.ts'
import { compileContexts, type ContextsInput, type ContextsOptions } from '../../src/plan/compile-contexts.ts'
import { layoutOf } from '../../src/plan/layout.ts'
import type { Aws, EksCluster } from '../../src/ports/aws.ts'
import type { Event } from '../../src/ports/event.ts'
import type { HostFacts } from '../../src/ports/host.ts'
import type { Ports } from '../../src/ports/ports.ts'
import type { Question } from '../../src/ports/prompts.ts'
import { Secret } from '../../src/ports/secret.ts'
import { runners } from '../../src/wire.ts'
import { manualClock, type ManualClock } from '../engine/manual-clock.ts'
import { head, loadText } from '../unit/profile/load-helper.ts'
import { noAws, noPrograms } from './nothing.ts'

/** An EKS cluster as DescribeCluster tells of it. */
export function eksCluster(name: string, change: Partial<EksCluster> = {}): EksCluster {
  return {
    name,
    arn: `arn:aws:eks:eu-west-1:123456789012:cluster/${name}`,
    endpoint: `https://${name}.gr7.eu-west-1.eks.amazonaws.com`,
    certificateAuthorityData: 'Q0E=',
    status: 'ACTIVE',
    version: '1.35',
    tags: {},
    ...change,
  }
}

/** AWS with these clusters; what is asked is kept in `asked`. */
export interface FakeAws extends Aws {
  readonly asked: string[]
  clusters: readonly EksCluster[]
  /** Thrown by every call. */
  fault?: Error | undefined
}

export function fakeAws(clusters: readonly EksCluster[] = []): FakeAws {
  const aws: FakeAws = {
    ...noAws,
    asked: [],
    clusters,
    describeCluster: async ({ cluster, profile, region, roleArn }) => {
      aws.asked.push(['describe', cluster, profile, region, roleArn].filter(Boolean).join(' '))
      if (aws.fault !== undefined) throw aws.fault
      return aws.clusters.find(({ name }) => name === cluster)
    },
    listClusters: async ({ profile, region }) => {
      aws.asked.push(['list', profile, region].filter(Boolean).join(' '))
      if (aws.fault !== undefined) throw aws.fault
      return aws.clusters.map(({ name }) => name)
    },
  }
  return aws
}

type Entry = Readonly<Record<string, unknown>>
export interface KubeconfigTree {
  readonly clusters: readonly { readonly name: string; readonly cluster: Entry }[]
  readonly users: readonly { readonly name: string; readonly user: Entry }[]
  readonly contexts: readonly { readonly name: string; readonly context: Entry }[]
  readonly 'current-context'?: string
}

export interface TeamLab {
  readonly folder: string
  readonly kubeconfig: string
  readonly clock: ManualClock
  readonly aws: FakeAws
  readonly ports: Ports
  readonly events: Event[]
  /** What a person would answer, by the question's id; whoever is not here cannot be asked. */
  readonly answers: Record<string, string | boolean>
  readonly questions: Question[]
  input(contexts: string): Promise<ContextsInput>
  sync(contexts: string, options?: Partial<ContextsOptions> & { readonly look?: boolean }): Promise<RunResult>
  read(): Promise<KubeconfigTree>
  text(): Promise<string>
  write(text: string): Promise<void>
  modified(): Promise<number>
}

/** A person's machine with real files, a clock that does not wait, and an AWS that is an object. */
export async function teamLab(
  clusters: readonly EksCluster[] = [],
  {
    env = {},
    kubeconfigs = ['config'],
  }: { readonly env?: Readonly<Record<string, string>>; readonly kubeconfigs?: readonly string[] } = {},
): Promise<TeamLab> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'devk8s-team-')))
  const clock = manualClock({ auto: true })
  const aws = fakeAws(clusters)
  const files = kubeconfigs.map((name) => join(folder, '.kube', name))
  const kubeconfig = files[0] ?? ''
  const answers: Record<string, string | boolean> = {}
  const questions: Question[] = []
  const events: Event[] = []
  const ports: Ports = {
    files: realFiles(),
    hashing: realHashing(),
    programs: noPrograms,
    aws,
    clock,
    exec: { run: () => Promise.reject(new Error('no programs here')), find: async () => undefined },
    net: { get: () => Promise.reject(new Error('no network here')), canListen: async () => true },
    host: { read: async () => ({ platform: 'linux' }) as HostFacts, isAlive: () => false },
    prompts: {
      ask: async (question) => {
        questions.push(question)
        const answer = answers[question.id] ?? question.fallback
        if (answer === undefined) throw new Error(`nobody answered ${question.id}`)
        return (question.kind === 'secret' ? Secret.of(String(answer)) : answer) as never
      },
    },
  }
  const layout = layoutOf({
    cwd: folder,
    env: { KUBECONFIG: files.join(':') },
    home: folder,
    platform: 'linux',
  })
  const input = async (contexts: string): Promise<ContextsInput> => ({
    loaded: await loadText(`${head}contexts:\n${contexts}`),
    layout,
    platform: 'linux',
    program: { nodePath: '/opt/node', scriptPath: '/opt/devk8s/dist/bin.js', version: '1.2.3' },
  })
  return {
    folder,
    kubeconfig,
    clock,
    aws,
    ports,
    events,
    answers,
    questions,
    input,
    sync: async (contexts, { look = false, prune = false, fresh = false } = {}) =>
      runPlan(compileContexts(await input(contexts), { prune, fresh }), runners, {
        mode: look ? 'look' : 'change',
        ports,
        env,
        emit: (event) => void events.push({ at: clock.now(), ...event }),
        signal: new AbortController().signal,
      }),
    read: async () => parse(await readFile(kubeconfig, 'utf8')) as KubeconfigTree,
    text: () => readFile(kubeconfig, 'utf8'),
    write: async (text) => {
      await mkdir(dirname(kubeconfig), { recursive: true })
      await writeFile(kubeconfig, text, { mode: 0o600 })
    },
    modified: async () => (await stat(kubeconfig)).mtimeMs,
  }
}

/** The outcome of each step, by id. */
export const outcomes = ({ steps }: RunResult) =>
  Object.fromEntries(steps.map(({ id, outcome }) => [id, outcome]))

/** Everything that was said to the person, as one text. */
export const said = ({ steps }: RunResult) =>
  steps.flatMap(({ notes, problem }) => [...notes.map(({ text }) => text), problem?.detail ?? '']).join('\n')
