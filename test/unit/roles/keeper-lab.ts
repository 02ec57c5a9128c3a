import { type Cluster, type ImagesLab, imagesLab } from '../../fakes/images-lab.ts'
import { agentKeeper } from '../../../src/roles/agent-keeper.ts'
import type { SessionsDocument } from '../../../src/agent/documents.ts'
import { problemOfCall } from '../../../src/aws/advice.ts'
import type { Aws, SessionWants } from '../../../src/ports/aws.ts'
import type { Command, HowToRun, Ran } from '../../../src/ports/exec.ts'
import { Secret } from '../../../src/ports/secret.ts'
import { awsUnreachable } from '../../../src/problems/aws.ts'
import { DevK8sError, problem, type Problem } from '../../../src/problems/problem.ts'
import type { Renewed, Standing } from '../../../src/upkeep/keeper.ts'
import type { AgentUpkeep, Upkeep } from '../../../src/upkeep/upkeep.ts'
import { realTime } from '../../support/real-time.ts'

export const account = '111122223333'
export const hourMs = 3_600_000
export const minuteMs = 60_000

export const agentUpkeep: AgentUpkeep = {
  namespaces: ['shop', 'default'],
  serviceAccounts: [],
  roles: { admin: 'deny' },
  minikube: { program: 'minikube', home: '/mk', kubeconfig: '/data/kubeconfig', profile: 'dev' },
  nodes: ['dev'],
  accountRoles: {},
  associations: [],
  restrictions: { mode: 'refuse', format: 'glob' },
  imdsV1: true,
}

/** What AWS is asked for, as a line: `session dev`, `session dev as arn:…/shop`. */
export interface RolesAws {
  /** Roles that nobody may assume, by ARN. */
  readonly denies: string[]
  /** Sources that fail, by profile or role's ARN; `*` for all. */
  readonly fails: Map<string, Problem>
  readonly asked: string[]
  readonly wants: SessionWants[]
  account: string
  /** Of other profiles than the person's own. */
  readonly accounts: Map<string, string>
  sessionMs: number
  /** Whose the keys are by the time that is asked, when it is no longer that of the session. */
  signedInTo?: string
  /** The same session again, while it is set. */
  kept?: { readonly accessKeyId: string; readonly expiresAtMs: number }
}

export interface KeeperLab extends ImagesLab {
  readonly sts: RolesAws
  /** Lines of PREROUTING inside the node; none: it does not answer. */
  readonly node: { rules: string[] | undefined; refuses?: boolean }
  look(upkeep?: Upkeep): Promise<Standing>
  renew(upkeep?: Upkeep, how?: { readonly all?: boolean; readonly isUnasked?: boolean }): Promise<Renewed>
  document(): Promise<SessionsDocument | undefined>
}

const offline = problem(awsUnreachable, { detail: 'sts did not answer.', next: ['devk8s aws status'] })
export { offline }

/** A cluster with the agent's namespace, and an AWS that knows roles. */
export async function keeperLab(cluster: Cluster, agent: Partial<AgentUpkeep> = {}): Promise<KeeperLab> {
  const base = realTime(
    imagesLab(cluster, { agent: { ...agentUpkeep, ...agent } }, Date.UTC(2026, 10, 24, 8, 0, 0)),
  )
  const { images: _, ...upkeep } = base.upkeep
  const sts: RolesAws = {
    denies: [],
    fails: new Map(),
    asked: [],
    wants: [],
    account,
    accounts: new Map(),
    sessionMs: hourMs,
  }
  const node: KeeperLab['node'] = { rules: [] }
  const { ports } = base.context
  const exec = {
    find: ports.exec.find,
    run: async (command: Command, how: HowToRun) =>
      command.tool === 'minikube' ? inNode(node, command, ports.clock.now()) : ports.exec.run(command, how),
  }
  const aws = awsOf(sts, ports.clock.now, ports.aws)
  const context = { ...base.context, ports: { ...ports, exec, aws } }
  await base.apply(namespace('devk8s-system'), namespace('shop'), namespace('default'))
  const lab: KeeperLab = {
    ...base,
    upkeep,
    context,
    sts,
    node,
    async look(of = upkeep) {
      base.forget()
      const standing = await agentKeeper.look(of, context)
      if ('problem' in standing) throw new DevK8sError(standing.problem)
      return standing
    },
    async renew(of = upkeep, how = {}) {
      const standing = await lab.look(of)
      base.forget()
      return agentKeeper.renew(of, standing, context, how)
    },
    async document() {
      const secret = await base.get('secret', 'devk8s-aws-sessions', 'devk8s-system')
      const data = secret?.['data'] as Readonly<Record<string, string>> | undefined
      return data === undefined ? undefined : JSON.parse(atob(data['sessions.json'] ?? ''))
    },
  }
  return lab
}

function awsOf(sts: RolesAws, now: () => number, others: Aws): Aws {
  const profileOf = ({ profile = 'dev' }: SessionWants) => profile
  const accountOf = (wants: SessionWants) =>
    wants.roleArn?.split(':')[4] ?? sts.accounts.get(profileOf(wants)) ?? sts.account
  const arnOf = (wants: SessionWants) => {
    const { roleArn, sessionName = 'anna' } = wants
    const role = roleArn?.split('/').at(-1) ?? profileOf(wants)
    return `arn:aws:sts::${accountOf(wants)}:assumed-role/${role}/${sessionName}`
  }
  const refuse = (wants: SessionWants) => {
    const { roleArn } = wants
    const failure = sts.fails.get('*') ?? sts.fails.get(profileOf(wants)) ?? sts.fails.get(roleArn ?? '')
    if (failure !== undefined) throw new DevK8sError(failure)
    if (roleArn === undefined || !sts.denies.includes(roleArn)) return
    const { roleArn: _, ...own } = wants
    const message = `User: ${arnOf(own)} is not authorized to perform: sts:AssumeRole on resource: ${roleArn}`
    const call = { action: 'sts:AssumeRole', what: roleArn, roleArn, profile: profileOf(wants) }
    throw new DevK8sError(problemOfCall({ name: 'AccessDenied', message, status: 403 }, call))
  }
  return {
    ...others,
    signInOf: async () => ({ kind: 'sso', region: 'eu-north-1' }),
    callerIdentity: async (wants) => {
      refuse(wants)
      const whose = sts.asked.length === 0 ? accountOf(wants) : (sts.signedInTo ?? accountOf(wants))
      return { account: whose, arn: arnOf(wants), userId: `AROA:${wants.sessionName ?? 'anna'}` }
    },
    session: async (wants) => {
      const asked = `${profileOf(wants)}${wants.roleArn === undefined ? '' : ` as ${wants.roleArn}`}`
      sts.asked.push(asked)
      sts.wants.push(wants)
      await Promise.resolve()
      refuse(wants)
      return {
        accessKeyId: `ASIA${sts.asked.length}`,
        secretAccessKey: Secret.of(`canary-key-${sts.asked.length}`),
        sessionToken: Secret.of(`canary-token-${sts.asked.length}`),
        expiresAtMs: now() + sts.sessionMs,
        account: accountOf(wants),
        ...sts.kept,
      }
    },
  }
}

const ran = (exitCode: number, stdout: string): Ran => ({
  outcome: 'exited',
  exitCode,
  signal: null,
  stdout,
  stderr: '',
  durationMs: 1,
})

/** `minikube ssh`: the chain as it is, and one that takes what it is given. */
function inNode(node: KeeperLab['node'], { args, changes }: Command, nowMs: number): Ran {
  if (node.rules === undefined) return ran(1, '')
  const script = args.at(-1) ?? ''
  if (changes && node.refuses === true) return ran(1, 'iptables-restore: permission denied')
  if (changes) {
    node.rules = [...script.matchAll(/-I PREROUTING \d+ ([^']*)'/g)].map((match) => match[1] ?? '')
    return ran(0, '')
  }
  const rules = node.rules.map((rule) => `-A PREROUTING ${rule}`)
  return ran(
    0,
    [
      String(Math.floor(nowMs / 1_000)),
      '-P PREROUTING ACCEPT',
      ...rules,
      '1: lo inet 169.254.170.23/32 scope global lo',
      '10-kindnet.conflist',
      '',
    ].join('\r\n'),
  )
}

export const namespace = (name: string, annotations?: Readonly<Record<string, string>>) => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name, ...(annotations === undefined ? {} : { annotations }) },
})

export const serviceAccount = (name: string, inNamespace: string, role?: string) => ({
  apiVersion: 'v1',
  kind: 'ServiceAccount',
  metadata: {
    name,
    namespace: inNamespace,
    ...(role === undefined ? {} : { annotations: { 'eks.amazonaws.com/role-arn': role } }),
  },
})

export const pod = (
  name: string,
  inNamespace: string,
  annotations: Readonly<Record<string, string>> = {},
  account = 'default',
) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: inNamespace, annotations },
  spec: { serviceAccountName: account, containers: [{ name: 'c', image: 'busybox' }] },
})

export const roleArn = (name: string, of = account) => `arn:aws:iam::${of}:role/${name}`
