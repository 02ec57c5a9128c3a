import { execa } from 'execa'
import { realHashing } from '../../src/adapters/hash.ts'
import type { KubeObject } from '../../src/kube/object.ts'
import type { StepContext } from '../../src/plan/step.ts'
import type { Aws, AwsIdentity } from '../../src/ports/aws.ts'
import type { Command, Exec, Ran } from '../../src/ports/exec.ts'
import type { Ports } from '../../src/ports/ports.ts'
import { Secret } from '../../src/ports/secret.ts'
import { awsAccessDenied } from '../../src/problems/aws.ts'
import { DevK8sError, problem } from '../../src/problems/problem.ts'
import { handleApi } from '../../src/simulator/kube-api/api.ts'
import { emptyStore, type KubeStore } from '../../src/simulator/kube-api/store.ts'
import { type Call, kubectl } from '../../src/simulator/kubectl/kubectl.ts'
import type { Upkeep } from '../../src/upkeep/upkeep.ts'
import { type ManualClock, manualClock } from '../engine/manual-clock.ts'
import { noAws, noPrograms } from './nothing.ts'

/** A cluster that kubectl can be run against: the simulated one, or a real API server. */
export interface Cluster {
  readonly name: string
  readonly kubeconfig: string
  readonly context: string
  /** v1.35.1 unless told. */
  readonly kubernetes?: string
  /** As anybody would run it. */
  run(argv: readonly string[], stdin: string): Promise<Ran>
}

const ran = (exitCode: number, stdout: string, stderr: string): Ran => ({
  outcome: 'exited',
  exitCode,
  signal: null,
  stdout,
  stderr,
  durationMs: 1,
})

/** The simulated kubectl on the simulated API, in this process. */
export function simulatedCluster(kubernetes = 'v1.35.1'): Cluster {
  let store: KubeStore = emptyStore(Date.now(), kubernetes)
  const call: Call = (request) => {
    const answer = handleApi(request, store, Date.now(), {})
    store = answer.store
    return answer
  }
  return {
    name: 'the simulated cluster',
    kubeconfig: '/data/kubeconfig',
    context: 'dev',
    kubernetes,
    run: async (argv, stdin) => {
      const env = { version: 'v1.33.1', platform: 'linux/amd64', now: Date.now(), contexts: ['dev'] }
      const result = kubectl(argv, stdin, env, call)
      return ran(result.exitCode, result.stdout, result.stderr)
    },
  }
}

/** A real API server; what is left of earlier tests in it is put out of sight. */
export async function realCluster(kubeconfig: string): Promise<Cluster> {
  const run = async (argv: readonly string[], stdin: string) => {
    const result = await execa('kubectl', argv, {
      reject: false,
      input: stdin,
      stripFinalNewline: false,
      env: { KUBECONFIG: kubeconfig },
    })
    return ran(result.exitCode ?? -1, result.stdout, result.stderr)
  }
  const listed = JSON.parse((await run(['get', 'namespaces', '-o', 'json'], '')).stdout) as {
    items: KubeObject[]
  }
  const old = listed.items
    .filter(
      ({ metadata }) => !('deletionTimestamp' in metadata) && !/^(default|kube-.*)$/.test(metadata.name),
    )
    .map(({ metadata }) => `namespace/${metadata.name}`)
  // Without controllers they stay Terminating, in which nothing can be made: they are not served any more.
  if (old.length > 0) await run(['delete', ...old, '--wait=false'], '')
  await run(['delete', 'secret', 'awsecr-cred', '-n', 'default', '--ignore-not-found'], '')
  await run(['delete', 'deployment', 'registry-creds', '-n', 'kube-system', '--ignore-not-found'], '')
  await run(['delete', 'secret', 'registry-creds-ecr', '-n', 'kube-system', '--ignore-not-found'], '')
  const contexts = await run(['config', 'current-context'], '')
  return { name: 'a real API server', kubeconfig, context: contexts.stdout.trim(), run }
}

/** An AWS whose answers tests choose. */
export interface ImagesAws {
  readonly account: string
  /** The account of sessions and tokens, when it is no longer that of whoever asked. */
  readonly keysAccount?: string
  /** Regions in which ECR says no. */
  readonly refuses: readonly string[]
  readonly identityFails?: boolean
  readonly sessionFails?: boolean
  /** ms since 1970; twelve hours from now unless told. */
  readonly expiresAtMs?: number
  readonly sessionMs?: number
  /** One and the same session from now on, as with a device's code; a new one each time unless told. */
  readonly kept?: { readonly accessKeyId: string; readonly expiresAtMs: number }
}

export interface ImagesLab {
  readonly context: StepContext
  readonly upkeep: Upkeep
  readonly clock: ManualClock
  readonly commands: Command[]
  /** What AWS was asked for: `identity`, `session`, `token eu-west-1`. */
  readonly asked: string[]
  readonly said: string[]
  /** Changes what AWS answers from now on. */
  aws(next: Partial<ImagesAws>): void
  apply(...objects: readonly object[]): Promise<void>
  get(kind: string, name: string, namespace: string): Promise<KubeObject | undefined>
  kubectl(...argv: readonly string[]): Promise<Ran>
  /** As the engine does between rounds. */
  forget(): void
}

/** A keeper's surroundings: a cluster, an AWS of tests, a clock that moves when told. */
export function imagesLab(
  cluster: Cluster,
  parts: Partial<Upkeep> = {},
  startMs = Date.UTC(2026, 10, 24, 8, 0, 0),
): ImagesLab {
  const clock = manualClock({ startMs })
  const commands: Command[] = []
  const asked: string[] = []
  const said: string[] = []
  let state: ImagesAws = { account: '111122223333', refuses: [] }
  const aws = awsOf(() => state, clock, asked)
  const memory = new Map<string, Promise<unknown>>()
  const run = async (argv: readonly string[], stdin = '') =>
    cluster.run(['--kubeconfig', cluster.kubeconfig, '--context', cluster.context, ...argv], stdin)
  const exec: Exec = {
    find: async () => undefined,
    run: async (command) => {
      commands.push(command)
      const { stdin = '' } = command
      return cluster.run(command.args, stdin instanceof Secret ? Secret.reveal(stdin) : stdin)
    },
  }
  const ports = portsOf(exec, aws, clock)
  const context: StepContext = {
    ports,
    env: {},
    signal: new AbortController().signal,
    progress: () => {},
    note: ({ text }) => void said.push(text),
    once<T>(key: string, read: () => Promise<T>): Promise<T> {
      const found = memory.get(key) ?? read()
      memory.set(key, found)
      return found as Promise<T>
    },
  }
  return {
    context,
    upkeep: { ...upkeepOn(cluster), ...parts },
    clock,
    commands,
    asked,
    said,
    aws: (next) => void (state = { ...state, ...next }),
    async apply(...objects) {
      const list = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects })
      const result = await run(['apply', '--server-side', '--field-manager=person', '-f', '-'], list)
      if (result.exitCode !== 0) throw new Error(result.stderr)
    },
    async get(kind, name, namespace) {
      const result = await run(['get', kind, name, '-n', namespace, '--ignore-not-found', '-o', 'json'])
      return result.stdout === '' ? undefined : (JSON.parse(result.stdout) as KubeObject)
    },
    kubectl: async (...argv) => run(argv),
    forget: () => memory.clear(),
  }
}

const upkeepOn = ({ kubeconfig, context, kubernetes = 'v1.35.1' }: Cluster): Upkeep => ({
  version: 1,
  team: 'acme',
  cluster: 'dev',
  kubectl: { program: 'kubectl', kubeconfig, context },
  kubernetes,
  source: { profile: 'dev' },
  accounts: {},
  images: {
    mode: 'secret',
    why: 'the profile says so',
    registries: [{ account: '111122223333', regions: ['eu-west-1'] }],
  },
})

function portsOf(exec: Exec, aws: Aws, clock: ManualClock): Ports {
  const absent = (what: string) => () => Promise.reject(new Error(`this test has no ${what}`))
  return {
    exec,
    aws,
    clock,
    programs: noPrograms,
    hashing: realHashing(),
    host: { read: absent('host'), isAlive: () => false },
    net: { get: absent('network'), canListen: absent('network') },
    files: new Proxy({}, { get: () => absent('files') }) as Ports['files'],
    prompts: { ask: absent('person') },
  }
}

function awsOf(stateNow: () => ImagesAws, clock: ManualClock, asked: string[]): Aws {
  const refuse = (what: string): never => {
    throw new DevK8sError(
      problem(awsAccessDenied, { detail: `${what} is not allowed.`, next: ['devk8s guard policy'] }),
    )
  }
  return {
    ...noAws,
    profiles: async () => [],
    signInOf: async () => ({ kind: 'static', region: 'eu-north-1' }),
    callerIdentity: async (): Promise<AwsIdentity> => {
      asked.push('identity')
      const { account, identityFails } = stateNow()
      if (identityFails === true) refuse('sts:GetCallerIdentity')
      return { account, arn: `arn:aws:iam::${account}:user/anna`, userId: 'AIDA' }
    },
    session: async () => {
      asked.push('session')
      const {
        account: own,
        keysAccount: account = own,
        sessionFails,
        sessionMs = 12 * 3_600_000,
        kept,
      } = stateNow()
      if (sessionFails === true) refuse('sts:GetSessionToken')
      return {
        accessKeyId: `ASIASESSION${asked.length}`,
        secretAccessKey: Secret.of('canary-secret-key'),
        sessionToken: Secret.of('canary-session-token'),
        expiresAtMs: clock.now() + sessionMs,
        account,
        ...kept,
      }
    },
    registryToken: async ({ region }) => {
      asked.push(`token ${region}`)
      const {
        account: own,
        keysAccount: account = own,
        refuses,
        expiresAtMs = clock.now() + 12 * 3_600_000,
      } = stateNow()
      if (refuses.includes(region)) refuse(`ecr:GetAuthorizationToken in ${region}`)
      const auth = Secret.of(btoa(`AWS:canary-${region}-${asked.length}`))
      return { region, account, auth, expiresAtMs }
    },
  }
}
