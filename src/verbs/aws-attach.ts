import { classifyFailure } from '../kube/failures.ts'
import { callTimeoutMs, kubectlCommand } from '../kube/kubectl.ts'
import { readNamed } from '../kube/live.ts'
import { type KubeObject, titleOf } from '../kube/object.ts'
import { attachPatch, detachPatch, parseWorkload, templateOf, type WorkloadPatch } from '../pods/attach.ts'
import { keysSurvey } from '../pods/keys-survey.ts'
import { awsLabel } from '../pods/names.ts'
import { type OwnSources, readOwnSources } from '../pods/own-sources.ts'
import { insteadOf } from '../pods/not-there.ts'
import { accountOf, topOwnerOf } from '../pods/pod.ts'
import { keysPolicy } from '../pods/policies.ts'
import { verdictOf } from '../pods/verdict.ts'
import type { Json } from '../ports/event.ts'
import {
  keysNotWanted,
  namespaceWithoutKeys,
  nothingToAttach,
  roleDenied,
  workloadNotAttachable,
  workloadNotFound,
} from '../problems/pods.ts'
import { DevK8sError, fail } from '../problems/problem.ts'
import { readClusterObjects, readClusterObjectsAndPods } from '../upkeep/cluster-survey.ts'
import type { Upkeep } from '../upkeep/upkeep.ts'
import { keepingContext, keptCluster } from './kept.ts'
import { loadSessionProfile } from './prepare.ts'
import { consentTo } from './consent.ts'
import type { Verb } from './session.ts'

type AttachSession = Parameters<Verb<'aws.attach'>>[0]

/** Gives the keys of its namespace to one workload, in the cluster only; with `--remove` takes them back. */
export const awsAttach: Verb<'aws.attach'> = async (session) => {
  const { request } = session
  const place = await placeOf(session)
  const { upkeep } = await keptCluster(session)
  if (upkeep.pods === undefined && (upkeep.agent === undefined || !request.remove)) {
    await refuseUnwanted(session, upkeep, place)
  }
  if (!request.remove) await refuseWithoutKeys(session, upkeep, place.namespace)
  const workload = await read(session, upkeep, place)
  if (!request.remove) await checkRole(session, upkeep, workload)
  const patch = request.remove
    ? detachPatch(workload)
    : attachPatch(workload, await ownSourcesIn(session, upkeep, place.namespace))
  const title = titleOf(workload)
  if (patch.operations.length === 0) {
    const why = request.remove
      ? 'nothing is attached by devk8s'
      : 'every container has the keys already, or credentials of its own'
    session.answer(
      valueOf(title, patch),
      `${title}: ${why}.
`,
    )
    return { exit: 0 }
  }
  await agree(session, title, patch)
  await apply(session, upkeep, place, patch)
  session.answer(
    valueOf(title, patch),
    `${title}: ${request.remove ? 'AWS keys are no longer attached' : 'AWS keys are attached'}.\n`,
  )
  return { exit: 0 }
}

/** Where no pod gets keys in its environment. With the agent one of the workload's pods is named, which it answers. */
async function refuseUnwanted(session: AttachSession, upkeep: Upkeep, place: Place): Promise<never> {
  const { agent, team } = upkeep
  if (agent === undefined) {
    fail(keysNotWanted, {
      detail: `The profile ${team} has no \`aws.roles\`.`,
      next: ['devk8s profile show --explain'],
    })
  }
  const workload = await read(session, upkeep, place)
  const cluster = await readClusterObjectsAndPods(upkeep, keepingContext(session))
  if ('problem' in cluster) throw new DevK8sError(cluster.problem)
  const pod = cluster.objects.find((object) => {
    if (object.kind !== 'Pod' || object.metadata.namespace !== place.namespace) return false
    const owner = topOwnerOf(object, cluster.objects)
    return owner?.kind === place.kind && owner.name === place.name
  })
  return fail(nothingToAttach, {
    detail: `Credentials come from the agent in this cluster, and the pods of ${titleOf(workload)} ask it themselves: keys in their environment would go before what it gives.`,
    next: [
      ...(pod === undefined ? [] : [`devk8s aws whoami ${place.namespace}/${pod.metadata.name}`]),
      'devk8s aws refresh --restart',
    ],
  })
}

interface Place {
  readonly kind: string
  readonly name: string
  readonly namespace: string
}

async function placeOf(session: AttachSession): Promise<Place> {
  const { request } = session
  const workload = parseWorkload(request.workload)
  if (workload === undefined) {
    fail(workloadNotAttachable, {
      detail: `“${request.workload}” is not KIND/NAME of a Deployment, StatefulSet, DaemonSet or CronJob.`,
      next: [
        /^[\w.-]+$/.test(request.workload)
          ? `devk8s aws attach deploy/${request.workload}`
          : 'devk8s aws attach --help',
      ],
    })
  }
  const namespace = request.namespace ?? (await loadSessionProfile(session)).profile.context.namespace
  return { ...workload, namespace }
}

async function refuseWithoutKeys(session: AttachSession, upkeep: Upkeep, namespace: string): Promise<void> {
  const survey = await keysSurvey(upkeep, keepingContext(session))
  if ('problem' in survey) throw new DevK8sError(survey.problem)
  const served = survey.served.find((each) => each.namespace === namespace)
  if (served?.keys !== undefined) return
  if (served !== undefined) {
    fail(namespaceWithoutKeys, {
      detail: `Namespace ${namespace} is in the profile and has no keys yet.`,
      next: ['devk8s aws refresh'],
    })
  }
  if (namespace.startsWith('kube-')) {
    const detail = `Namespace ${namespace} is one of Kubernetes itself: nothing in it gets keys.`
    fail(namespaceWithoutKeys, { detail })
  }
  const why = survey.foreign.includes(namespace)
    ? 'has a Secret aws-credentials that devk8s did not make.'
    : survey.closed.includes(namespace)
      ? 'gets no keys: it has the label devk8s.dev/aws=off.'
      : `is not in the profile ${upkeep.team}: add it under \`namespaces\`.`
  fail(namespaceWithoutKeys, { detail: `Namespace ${namespace} ${why}`, next: ['devk8s up'] })
}

async function read(session: AttachSession, upkeep: Upkeep, place: Place): Promise<KubeObject> {
  const { kind, name, namespace } = place
  const apiVersion = kind === 'CronJob' ? 'batch/v1' : 'apps/v1'
  const [workload] = await named(session, upkeep, { apiVersion, kind, metadata: { name, namespace } })
  if (workload !== undefined) return workload
  const word = kind.toLowerCase()
  const instead = await insteadOf({ namespace, kind: word, name }, upkeep, session)
  return fail(workloadNotFound, {
    detail: `Namespace ${namespace} of the local cluster has no ${kind} ${name}. ${instead.text}`.trimEnd(),
    next:
      instead.nearest === undefined
        ? []
        : [`devk8s aws attach ${word}/${instead.nearest} --namespace ${namespace}`],
  })
}

async function named(
  { ports, signal }: AttachSession,
  { kubectl }: Upkeep,
  object: KubeObject,
): Promise<readonly KubeObject[]> {
  const live = await readNamed(ports.exec, kubectl, [object], signal)
  if ('problem' in live) throw new DevK8sError(live.problem)
  return live.objects
}

async function ownSourcesIn(
  session: AttachSession,
  { kubectl }: Upkeep,
  namespace: string,
): Promise<OwnSources> {
  const read = await readOwnSources({ kubectl, namespace }, session)
  if ('problem' in read) throw new DevK8sError(read.problem)
  return read.sources
}

/** What the team denies is denied by this way too; where the policy gives the keys anyway, that is said. */
async function checkRole(session: AttachSession, upkeep: Upkeep, workload: KubeObject): Promise<void> {
  const pod = templateOf(workload)
  const [namespace = '', name = ''] = accountOf(pod).split('/')
  const ref = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace } }
  const [account] = await named(session, upkeep, ref)
  const cluster = await readClusterObjects(upkeep, keepingContext(session))
  if ('problem' in cluster) throw new DevK8sError(cluster.problem)
  const inCluster = (wanted: string, of: string) =>
    cluster.objects.find(({ kind, metadata }) => kind === wanted && metadata.name === of)
  const { asks, pod: decided } = verdictOf(pod, {
    namespaceLabels: inCluster('Namespace', namespace)?.metadata.labels ?? {},
    ...(account === undefined ? {} : { account }),
    serviceAccounts: [],
    roles: upkeep.pods?.roles ?? {},
    ownSources: new Map(),
  })
  if (asks?.says === 'deny') {
    fail(roleDenied, {
      detail: `${titleOf(workload)} asks for the role ${asks.role}.`,
      next: ['devk8s profile show --explain'],
    })
  }
  if ('grants' in decided && inCluster('MutatingAdmissionPolicy', keysPolicy) !== undefined) {
    const why = asks === undefined ? `the label ${awsLabel}` : `the role ${asks.role}`
    const text = `The policy gives AWS keys to pods of ${titleOf(workload)} by itself when they are made, for ${why}. Attaching is needed only where it has no effect.`
    session.emit({ type: 'note', level: 'info', text })
  }
}

async function agree(session: AttachSession, title: string, { lines }: WorkloadPatch): Promise<void> {
  const what = session.request.remove ? 'Take the keys from' : 'Change'
  const text = `${what} ${title} in the cluster? Its pods are made anew.`
  await consentTo(session, { id: 'aws.attach', text, details: lines }, { detail: 'Nothing was changed.' })
}

/** The patch holds names alone, so it may be an argument; kubectl cannot read one from standard input (recorded 1.33/413). */
async function apply(
  { ports, signal }: AttachSession,
  upkeep: Upkeep,
  place: Place,
  { operations }: WorkloadPatch,
): Promise<void> {
  const { kind, name, namespace } = place
  const args = [
    'patch',
    kind.toLowerCase(),
    name,
    '-n',
    namespace,
    '--type',
    'json',
    '-p',
    JSON.stringify(operations),
  ]
  const ran = await ports.exec.run(kubectlCommand(upkeep.kubectl, args, { changes: true }), {
    timeoutMs: callTimeoutMs,
    signal,
  })
  const problem = classifyFailure(ran, upkeep.kubectl)
  if (problem !== undefined) throw new DevK8sError(problem)
}

function valueOf(workload: string, { operations }: WorkloadPatch): Json {
  return { workload, changed: operations.length > 0, patch: operations as unknown as Json }
}
