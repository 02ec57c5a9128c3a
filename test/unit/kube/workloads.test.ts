import { describe, expect, test } from 'vitest'
import { workloadState, workloadStates } from '../../../src/kube/workloads.ts'

const workload = (kind: string, spec: object, status: object, generation = 1) => ({
  apiVersion: 'apps/v1',
  kind,
  metadata: { name: 'web', namespace: 'shop', generation },
  spec: { selector: { matchLabels: { app: 'web' } }, ...spec },
  status: { observedGeneration: 1, ...status },
})

const pod = (status: object, labels: Record<string, string> = { app: 'web' }) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name: 'web-1',
    namespace: 'shop',
    labels,
    ownerReferences: [{ kind: 'ReplicaSet', name: 'web-x' }],
  },
  spec: {},
  status,
})

const waiting = (reason: string, extra: object = {}) =>
  pod({
    phase: 'Pending',
    containerStatuses: [
      { name: 'app', image: 'acme/web:1', state: { waiting: { reason, ...extra } }, lastState: {} },
    ],
  })

describe('controllers', () => {
  test.each([
    [workload('Deployment', { replicas: 2 }, { updatedReplicas: 2, availableReplicas: 2 }), undefined],
    [workload('Deployment', {}, { updatedReplicas: 1, availableReplicas: 1 }), undefined],
    [workload('Deployment', { replicas: 0 }, {}), undefined],
    [
      workload('Deployment', { replicas: 2 }, { updatedReplicas: 2, availableReplicas: 1 }),
      '1 of 2 pods are ready',
    ],
    [
      workload('Deployment', { replicas: 2 }, { updatedReplicas: 1, availableReplicas: 2 }),
      '1 of 2 pods are of the present version',
    ],
    [
      workload('Deployment', {}, { updatedReplicas: 1, availableReplicas: 1 }, 2),
      'its controller has not seen the last change yet',
    ],
    [workload('StatefulSet', { replicas: 3 }, { updatedReplicas: 3, readyReplicas: 3 }), undefined],
    [
      workload('StatefulSet', { replicas: 3 }, { updatedReplicas: 3, readyReplicas: 2 }),
      '2 of 3 pods are ready',
    ],
    [
      workload('DaemonSet', {}, { desiredNumberScheduled: 2, updatedNumberScheduled: 2, numberAvailable: 2 }),
      undefined,
    ],
    [
      workload('DaemonSet', {}, { desiredNumberScheduled: 2, updatedNumberScheduled: 2, numberAvailable: 0 }),
      '0 of 2 pods are ready',
    ],
    [workload('Job', {}, { succeeded: 1 }, 5), undefined],
    [workload('Job', { completions: 3 }, { succeeded: 1 }), '1 of 3 runs have completed'],
  ])('%#: %s', (object, reason) => {
    expect(workloadState(object)).toEqual({
      workload: `${object.kind} shop/web`,
      isReady: reason === undefined,
      reasons: reason === undefined ? [] : [reason],
    })
  })

  test.each([
    [
      {
        type: 'Progressing',
        status: 'False',
        reason: 'ProgressDeadlineExceeded',
        message: 'timed out progressing',
      },
      'timed out progressing',
    ],
    [
      { type: 'ReplicaFailure', status: 'True', message: 'pods "web" is forbidden: exceeded quota' },
      'pods "web" is forbidden: exceeded quota',
    ],
    [{ type: 'Failed', status: 'True', reason: 'BackoffLimitExceeded' }, 'BackoffLimitExceeded'],
    [{ type: 'Available', status: 'False', message: 'not this' }, '0 of 1 pods are of the present version'],
  ])('their own conditions say why: %j', (condition, reason) => {
    expect(workloadState(workload('Deployment', {}, { conditions: [condition] })).reasons).toEqual([reason])
  })
})

describe('pods say why, in plain words', () => {
  test.each([
    [
      pod({
        phase: 'Running',
        containerStatuses: [
          {
            name: 'app',
            state: { waiting: { reason: 'CrashLoopBackOff' } },
            lastState: { terminated: { exitCode: 137, reason: 'OOMKilled' } },
          },
        ],
      }),
      'web-1, container app: starts and ends again and again (CrashLoopBackOff), last time with exit code 137 (OOMKilled)',
    ],
    [
      waiting('ImagePullBackOff'),
      'web-1, container app: image acme/web:1 cannot be pulled (ImagePullBackOff)',
    ],
    [waiting('ErrImagePull'), 'web-1, container app: image acme/web:1 cannot be pulled (ErrImagePull)'],
    [
      waiting('CreateContainerConfigError', { message: 'secret "registry-creds-ecr" not found' }),
      'web-1, container app: cannot be created (CreateContainerConfigError): secret "registry-creds-ecr" not found',
    ],
    [waiting('SomethingNew'), 'web-1, container app: SomethingNew'],
    [
      pod({
        phase: 'Pending',
        conditions: [
          {
            type: 'PodScheduled',
            status: 'False',
            reason: 'Unschedulable',
            message: '0/1 nodes are available: 1 Insufficient memory.',
          },
        ],
      }),
      'web-1: no node takes it: 0/1 nodes are available: 1 Insufficient memory.',
    ],
    [pod({ phase: 'Failed', reason: 'Evicted' }), 'web-1: failed: Evicted'],
    [waiting('ContainerCreating'), '0 of 1 pods are of the present version'],
  ])('%#: %s', (one, reason) => {
    const deployment = workload('Deployment', {}, {})
    expect(workloadState(deployment, [one]).reasons).toEqual([reason])
    expect(workloadStates([deployment, one])).toHaveLength(1)
  })

  test('pods of another workload or namespace say nothing', () => {
    const other = waiting('ImagePullBackOff')
    const elsewhere = { ...other, metadata: { ...other.metadata, namespace: 'other' } }
    const unlike = { ...other, metadata: { ...other.metadata, labels: { app: 'api' } } }
    expect(workloadState(workload('Deployment', {}, {}), [elsewhere, unlike]).reasons).toEqual([
      '0 of 1 pods are of the present version',
    ])
  })

  test('a pod that nobody owns is a workload itself', () => {
    const bare = (status: object) => ({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'dns' }, status })
    const ready = { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] }
    expect(workloadStates([bare(ready), bare({ phase: 'Running' }), bare({ phase: 'Succeeded' })])).toEqual([
      { workload: 'Pod dns', isReady: true, reasons: [] },
      { workload: 'Pod dns', isReady: false, reasons: ['the pod is Running and not ready'] },
      { workload: 'Pod dns', isReady: true, reasons: [] },
    ])
  })

  test('a Job’s pods are found by their owner when it has no selector', () => {
    const job = { apiVersion: 'batch/v1', kind: 'Job', metadata: { name: 'migrate' }, spec: {}, status: {} }
    const own = waiting('ImagePullBackOff')
    const found = { ...own, metadata: { name: 'm-1', ownerReferences: [{ kind: 'Job', name: 'migrate' }] } }
    expect(workloadState(job, [found]).reasons[0]).toContain('m-1, container app: image acme/web:1')
  })
})
