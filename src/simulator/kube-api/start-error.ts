import { at, type Fields, type KubeObject, listOf, timestamp } from './object.ts'
import { conditions, containersWith } from './pod-containers.ts'
import type { StoredObject } from './store.ts'

/** The command of the probe of devk8s verify: a program that no image has. */
const pullsOnlyCommand = '/devk8s-pulls-only'

/** Its first container is to be pulled, and cannot be started. */
export function pullsOnly(pod: KubeObject): boolean {
  const [container] = listOf(at(pod, 'spec', 'containers'))
  return listOf(at(container, 'command'))[0] === pullsOnlyCommand
}

/**
 * What containerd says of a program that is not in the image (aws/eks-pod-identity-agent issue 75), and what the kubelet
 * makes of it (argoproj/argo-workflows issue 11212: exit code 128, StartError).
 */
export function startErrorStatus(pod: KubeObject, stored: StoredObject, endMs: number): Fields {
  const cause = `exec: "${pullsOnlyCommand}": stat ${pullsOnlyCommand}: no such file or directory`
  const message = `failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: error during container init: ${cause}: unknown`
  const times = { startedAt: timestamp(0), finishedAt: timestamp(endMs) }
  const terminated = { exitCode: 128, reason: 'StartError', message, ...times }
  const isOver = at(pod, 'spec', 'restartPolicy') === 'Never'
  const states = isOver
    ? containersWith(pod, { terminated }, {})
    : containersWith(
        pod,
        { waiting: { reason: 'RunContainerError', message } },
        { lastState: { terminated }, restartCount: 1 },
      )
  return {
    phase: isOver ? 'Failed' : 'Running',
    qosClass: 'BestEffort',
    conditions: conditions(pod, stored.createdAtMs, undefined),
    startTime: timestamp(stored.createdAtMs),
    containerStatuses: states,
  }
}
