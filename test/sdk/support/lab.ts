import { once } from 'node:events'
import { mkdtempSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { decide } from '../../../src/agent/decide.ts'
import type { MappingDocument, SessionsDocument } from '../../../src/agent/documents.ts'
import { agentAddress, agentPort } from '../../../src/roles/names.ts'
import { changeScript, routedAddresses, ruleFor } from '../../../src/roles/node-facts.ts'
import type { AgentApi } from '../../fakes/agent-api.ts'
import type { LaneId, lanes, PodFiles } from './lanes.ts'
import { type Namespace, newNetwork, podAddress, type Running } from './network.ts'
import { buildPrograms } from './programs.ts'
import { type Answer, arnOf, type Issued, Mint } from './sessions.ts'

// The agent as it runs on a node, with the rules that `devk8s up` sets there, and two pods with a role each.

/** The role of the first pod is in kube2iam's annotation, that of the second one in its service account's. */
export const roles = ['orders', 'billing'] as const
export type Role = (typeof roles)[number]

const mapping: MappingDocument = {
  version: 1,
  region: 'eu-central-1',
  baseRoleArn: arnOf(''),
  rules: roles.map((role) => ({
    pattern: `*${role}`,
    expression: `^.*${role}$`,
    gives: { is: 'profile', profile: role },
  })),
  associations: [],
  restrictions: { mode: 'refuse', format: 'glob' },
  imdsV1: true,
}

export interface LabPod {
  readonly role: Role
  readonly files: PodFiles
  readonly namespace: Namespace
  /** All variables of a container. */
  env(variables: (typeof lanes)[LaneId]['variables']): Readonly<Record<string, string>>
  start(command: readonly string[], env: Readonly<Record<string, string>>): Asking
}

export interface Asking {
  /** What it has said so far. */
  readonly answers: readonly Answer[]
  stop(): void
  /** Its end, with all that it said. */
  readonly ended: Promise<readonly Answer[]>
}

export type Lab = Awaited<ReturnType<typeof newLab>>

export async function newLab() {
  const undo: (() => Promise<unknown>)[] = []
  const end = async () => {
    for (const step of undo.splice(0).toReversed()) await step()
  }
  try {
    return { ...(await startLab(undo)), end }
  } catch (error) {
    await end()
    throw error
  }
}

/** @param undo takes what is to be done in the end, last things first. */
async function startLab(undo: (() => Promise<unknown>)[]) {
  const programs = await buildPrograms()
  undo.push(programs.remove)
  const network = await newNetwork(roles.length)
  undo.push(network.end)
  const mint = new Mint()
  const path = process.env['PATH'] ?? ''
  const { node } = network
  await node.sh(
    asRoot(changeScript({ without: [], first: routedAddresses.map(ruleFor), alias: 'add' }) ?? ''),
  )
  const api = await startApi(node, programs.api)
  undo.push(api.end)
  await api.call('setMapping', mapping)
  const handles = await Promise.all(roles.map(async (role, index) => addPod(api, role, podAddress(index))))
  const agent = node.start([process.execPath, programs.agent], {
    PATH: path,
    DEVK8S_AGENT_API_URL: api.url,
    DEVK8S_AGENT_TOKEN_FILE: api.tokenFile,
    DEVK8S_AGENT_ADDRESS: agentAddress,
    DEVK8S_AGENT_PORT: String(agentPort),
    DEVK8S_AGENT_NODE: 'minikube',
  })
  undo.push(async () => {
    agent.kill()
    await agent
  })
  let log = ''
  agent.all.on('data', (chunk: Buffer) => (log += chunk.toString()))
  if (!(await isReady(node))) throw new Error(`The agent is not ready: ${log}`)
  const pods = await Promise.all(
    roles.map(async (role, index): Promise<LabPod> => {
      const namespace = network.pods[index] as Namespace
      const files = await writeTokens(api, programs.folder, role, handles[index] as Handle)
      const bare = { PATH: path, LANG: 'C.UTF-8' }
      return {
        role,
        files,
        namespace,
        env: (variables) => ({ ...bare, ...variables(files) }),
        // A home for each, as containers have: the AWS CLI keeps what STS gave it there.
        start: (command, env) =>
          asking(namespace.start(command, { ...env, HOME: mkdtempSync(join(programs.folder, 'home-')) })),
      }
    }),
  )
  return {
    mint,
    api,
    pods,
    node,
    agentPid: agent.pid,
    isAgentUp: () => agent.exitCode === null || agent.exitCode === undefined,
    log: () => log,
    /** Sessions of all pods in place of those before. */
    async replace(lifeMs: number): Promise<readonly Issued[]> {
      const issued = roles.map((role) => mint.issue(role, lifeMs))
      await api.call('setSessions', sessionsOf(issued))
      return issued
    },
  }
}

type Handle = ReturnType<AgentApi['addPod']>
type Api = Awaited<ReturnType<typeof startApi>>

/** The scripts of the house are for a person's shell in the node: nsenter is root as it is. */
const asRoot = (script: string) => script.replaceAll('sudo -n ', '')

async function startApi(node: Namespace, program: string) {
  const running = node.start([process.execPath, program], { PATH: process.env['PATH'] ?? '' })
  const lines = createInterface(running.stdout)[Symbol.asyncIterator]()
  const answer = async () => {
    const { value, done } = await lines.next()
    if (done) throw new Error(`The API server ended: ${(await running).stderr}`)
    return (JSON.parse(value) as { readonly value: unknown }).value
  }
  const { url, tokenFile } = (await answer()) as Pick<AgentApi, 'url' | 'tokenFile'>
  let last: Promise<unknown> = Promise.resolve()
  return {
    url,
    tokenFile,
    /** One after the other: answers come in the order of the calls. */
    async call<T>(call: keyof AgentApi, ...args: readonly unknown[]): Promise<T> {
      last = last.then(async () => {
        running.stdin.write(`${JSON.stringify({ call, args })}\n`)
        return answer()
      })
      return (await last) as T
    },
    end: async () => {
      running.stdin.end()
      await running
    },
  }
}

/** @returns whether it is within half a minute. */
async function isReady(node: Namespace): Promise<boolean> {
  const program = `
    const ask = async () => (await fetch('http://${agentAddress}:${agentPort}/healthz').catch(() => undefined))?.ok
    const end = Date.now() + 30_000
    while (!(await ask()) && Date.now() < end) await new Promise((resolve) => setTimeout(resolve, 50))
    process.exitCode = (await ask()) ? 0 : 1`
  const { exitCode } = await node.start([process.execPath, '--input-type=module', '--eval', program], {})
  return exitCode === 0
}

async function addPod(api: Api, role: Role, address: string): Promise<Handle> {
  const isByPod = role === 'orders'
  await api.call('setNamespace', 'shop')
  await api.call('setAccount', 'shop', role, isByPod ? {} : { 'eks.amazonaws.com/role-arn': arnOf(role) })
  return api.call('addPod', {
    namespace: 'shop',
    name: role,
    serviceAccount: role,
    address,
    annotations: isByPod ? { 'iam.amazonaws.com/role': role } : {},
  })
}

async function writeTokens(api: Api, folder: string, role: Role, pod: Handle): Promise<PodFiles> {
  const write = async (audience: string) => {
    const file = join(folder, `${role}-${audience}`)
    await writeFile(
      file,
      await api.call<string>('issueToken', { namespace: 'shop', serviceAccount: role, pod, audience }),
    )
    return file
  }
  return {
    identityToken: await write('pods.eks.amazonaws.com'),
    webIdentityToken: await write('sts.amazonaws.com'),
    roleArn: arnOf(role),
  }
}

/** As the host's keeper writes them, by the ids that the agent looks for. */
function sessionsOf(issued: readonly Issued[]): SessionsDocument {
  return {
    version: 1,
    sessions: Object.fromEntries(issued.map(({ role, session }) => [sessionId(role), session])),
    refused: {},
  }
}

function sessionId(role: string): string {
  const decision = decide(
    {
      namespace: 'shop',
      serviceAccount: role,
      podAnnotations: { 'iam.amazonaws.com/role': role },
      podLabels: {},
      accountAnnotations: {},
      namespaceAnnotations: {},
      namespaceLabels: {},
      kops: undefined,
    },
    mapping,
  )
  if (decision.is !== 'given') throw new Error(`${role}: ${decision.detail}`)
  return decision.session
}

function asking(running: Running): Asking {
  const answers: Answer[] = []
  let warned = ''
  running.stdin.end()
  running.stderr.on('data', (chunk: Buffer) => (warned += chunk.toString()))
  const lines = createInterface(running.stdout)
  const isRead = once(lines, 'close')
  lines.on('line', (line) => {
    if (line.startsWith('{')) answers.push(JSON.parse(line) as Answer)
  })
  const ended = async () => {
    await Promise.all([running, isRead])
    return answers.length > 0 ? answers : [{ error: `It said nothing: ${warned}`, asked: Date.now() }]
  }
  return { answers, stop: () => running.kill(), ended: ended() }
}
