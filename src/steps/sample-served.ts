import { applyObjects } from '../kube/apply.ts'
import { ingressAddresses, nodeAddress } from '../kube/ingress.ts'
import { readLive } from '../kube/live.ts'
import { resourceOf } from '../kube/object.ts'
import { objectChanges } from '../kube/objects.ts'
import type { WorkloadState } from '../kube/workloads.ts'
import { workloadStates } from '../kube/workloads.ts'
import type { Change } from '../ports/event.ts'
import { NetError } from '../ports/net.ts'
import type { KubeObject } from '../kube/object.ts'
import type { Finding, Runner, StepContext, Wants } from '../plan/step.ts'
import { ingressUnreachable, sampleNotServed, workloadNotReady } from '../problems/kubernetes.ts'
import type { Problem } from '../problems/problem.ts'
import { DevK8sError, problem } from '../problems/problem.ts'

type Want = Readonly<Wants['sample.served']>

/** Pulling the sample's image on a slow line. */
const readyTimeoutMs = 5 * 60_000
/** The ingress controller loads a new rule within seconds. */
const servedTimeoutMs = 60_000
const pauseMs = 2_000
/** A page of the sample is one line; an error page of a proxy need not be read to its end. */
const bodyLimitBytes = 64 * 1024

/** The sample runs, and its page comes through the ingress. */
export const runner: Runner<'sample.served'> = {
  lane: 'cluster',
  settleMs: 10_000,

  async check({ want }, context): Promise<Finding> {
    const seen = await look(want, context)
    if ('problem' in seen) return { state: 'blocked', problem: seen.problem }
    const answer = await ask(want, seen.node, context)
    // Whatever is deployed, nobody would see it: say so before anything is.
    if ('problem' in answer && answer.problem.code === ingressUnreachable.code) {
      return { state: 'blocked', problem: answer.problem }
    }
    const missing = objectChanges(want.objects, seen.objects)
    if (missing.length > 0) return { state: 'absent', changes: missing }
    const waiting = waitingIn(seen.objects)
    if (waiting.length > 0) return { state: 'drifted', changes: waiting.map(waitingChange) }
    if ('url' in answer) return { state: 'ready', detail: { url: answer.url, host: want.host } }
    return {
      state: 'drifted',
      changes: [
        { field: `http://${want.host}/`, from: answer.problem.detail, to: 'served', effect: 'in-place' },
      ],
    }
  },

  async apply({ want }, _found, context) {
    await applyObjects(context.ports, want.kubectl, want.objects, context.signal)
    const node = await untilReady(want, context)
    await untilServed(want, node, context)
  },
}

interface Seen {
  /** What is in the sample's namespace, and the namespaces and nodes of the cluster. */
  readonly objects: readonly KubeObject[]
  readonly node: string | undefined
}

async function look(
  want: Want,
  { ports, signal }: StepContext,
): Promise<Seen | { readonly problem: Problem }> {
  const resources = [...new Set([...want.objects.map(resourceOf), 'Pod', 'Node'])]
  // Kinds without a namespace are listed all the same.
  const live = await readLive(ports.exec, want.kubectl, resources, { namespace: namespaceOf(want) }, signal)
  if ('problem' in live) return live
  return { objects: live.objects, node: nodeAddress(live.objects.filter(({ kind }) => kind === 'Node')) }
}

function waitingIn(objects: readonly KubeObject[]): readonly WorkloadState[] {
  return workloadStates(objects).filter(({ isReady }) => !isReady)
}

function waitingChange({ workload, reasons }: WorkloadState): Change {
  return { field: workload, from: reasons.join('; '), to: 'ready', effect: 'in-place' }
}

async function untilReady(want: Want, context: StepContext): Promise<string | undefined> {
  const { ports, signal } = context
  const deadline = ports.clock.monotonic() + readyTimeoutMs
  for (;;) {
    const seen = await look(want, context)
    if ('problem' in seen) throw new DevK8sError(seen.problem)
    const waiting = waitingIn(seen.objects)
    if (waiting.length === 0) return seen.node
    const reasons = waiting.flatMap((state) => state.reasons.map((reason) => `${state.workload}: ${reason}`))
    if (ports.clock.monotonic() >= deadline) throw new DevK8sError(notReady(want, reasons))
    context.progress({ message: reasons[0] ?? 'waiting for the sample' })
    await ports.clock.sleep(pauseMs, signal)
  }
}

function namespaceOf({ objects }: Want): string {
  return objects.find(({ metadata }) => metadata.namespace !== undefined)?.metadata.namespace ?? 'default'
}

function notReady(want: Want, reasons: readonly string[]): Problem {
  const { kubectl } = want
  return problem(workloadNotReady, {
    detail: `After ${readyTimeoutMs / 60_000} minutes: ${reasons.join('; ')}.`,
    next: [
      `kubectl --kubeconfig ${kubectl.kubeconfig} --context ${kubectl.context} --namespace ${namespaceOf(want)} describe pods`,
    ],
  })
}

async function untilServed(want: Want, node: string | undefined, context: StepContext): Promise<void> {
  const { clock } = context.ports
  const deadline = clock.monotonic() + servedTimeoutMs
  for (;;) {
    const answer = await ask(want, node, context)
    if ('url' in answer) return
    const isHopeless = answer.problem.code === ingressUnreachable.code
    if (isHopeless || clock.monotonic() >= deadline) throw new DevK8sError(answer.problem)
    context.progress({ message: `waiting for the ingress to serve ${want.host}` })
    await clock.sleep(pauseMs, context.signal)
  }
}

/** Asks each address in turn; the first that gives the sample's page wins. */
async function ask(
  want: Want,
  node: string | undefined,
  { ports, signal }: StepContext,
): Promise<{ readonly url: string } | { readonly problem: Problem }> {
  const addresses = ingressAddresses(await ports.host.read(), want.driver, node)
  const faults: string[] = []
  let allRefused = true
  for (const address of addresses) {
    const url = `http://${address.includes(':') ? `[${address}]` : address}/`
    try {
      const { status, body } = await ports.net.get({ url, host: want.host, signal, idleTimeoutMs: 5_000 })
      const text = await start(body)
      if (status === 200 && text.includes(want.expect)) return { url }
      allRefused = false
      faults.push(`${url} answered ${status} without the sample’s page`)
    } catch (error) {
      if (!(error instanceof NetError)) throw error
      allRefused &&= error.fault === 'refused'
      faults.push(`${url}: ${error.message}`)
    }
  }
  const detail = `Asked for ${want.host}: ${faults.join('; ')}.`
  // Only the loopback address to ask, and nobody listens there: no rule of ours can mend that.
  const isHidden = allRefused && addresses.length === 1 && addresses[0] === '127.0.0.1'
  return {
    problem: isHidden
      ? problem(ingressUnreachable, { detail, next: [`minikube tunnel --profile ${want.minikube.profile}`] })
      : problem(sampleNotServed, {
          detail,
          next: [
            `kubectl --kubeconfig ${want.kubectl.kubeconfig} --context ${want.kubectl.context} get ingress,pods --all-namespaces`,
          ],
        }),
  }
}

async function start(body: AsyncIterable<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder()
  let text = ''
  for await (const chunk of body) {
    text += decoder.decode(chunk, { stream: true })
    if (text.length > bodyLimitBytes) break
  }
  return text
}
