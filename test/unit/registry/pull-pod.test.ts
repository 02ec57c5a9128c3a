import { describe, expect, test } from 'vitest'
import type { KubeObject } from '../../../src/kube/object.ts'
import { hasPullSecret, pullPod, readPullPod } from '../../../src/registry/pull-pod.ts'

const image = '123456789012.dkr.ecr.eu-west-1.amazonaws.com/shop:1.4'
const wanted = pullPod(image, { name: 'devk8s-pull-1', namespace: 'shop', seconds: 360 })

const imageId = `${image.replace(/:.*/, '')}@sha256:${'ab'.repeat(32)}`
const container = (state: object, imageID = '') => ({ name: 'pull', imageID, state })
const podWith = (status: object): KubeObject => ({ ...wanted, status })
const podOf = (state: object, imageID = '', phase = 'Pending') =>
  podWith({ phase, containerStatuses: [{ name: 'istio-proxy', state: {} }, container(state, imageID)] })
const event = (reason: string, message: string, name = 'devk8s-pull-1'): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Event',
  metadata: { name: `${name}.${reason}` },
  involvedObject: { kind: 'Pod', name },
  reason,
  message,
})

describe('the pod of a proof', () => {
  test('pulls always, runs nothing, brings no pull secret, and ends by itself', () => {
    expect(wanted).toMatchObject({
      metadata: { namespace: 'shop', labels: { 'devk8s.dev/managed': 'true' } },
      spec: {
        restartPolicy: 'Never',
        automountServiceAccountToken: false,
        activeDeadlineSeconds: 360,
        containers: [{ image, imagePullPolicy: 'Always', command: ['/devk8s-pulls-only'] }],
      },
    })
    expect(wanted['spec']).not.toHaveProperty('imagePullSecrets')
    expect(hasPullSecret(wanted)).toBe(false)
  })

  test('is fit for a namespace of the level restricted', () => {
    expect(wanted).toMatchObject({
      spec: {
        securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
        containers: [
          { securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } } },
        ],
      },
    })
  })

  test('shows whether it was given the pull secret', () => {
    const given = { ...wanted, spec: { imagePullSecrets: [{ name: 'mine' }, { name: 'awsecr-cred' }] } }
    expect([hasPullSecret(given), hasPullSecret(undefined)]).toEqual([true, false])
  })
})

describe('is pulled', () => {
  test.each([
    ['containerd', podOf({ terminated: { reason: 'StartError', exitCode: 128 } }, imageId, 'Failed')],
    ['docker', podOf({ terminated: { reason: 'ContainerCannotRun', exitCode: 127 } }, '', 'Failed')],
    ['a runtime that tries again', podOf({ waiting: { reason: 'RunContainerError' } })],
    ['no config for it', podOf({ waiting: { reason: 'CreateContainerConfigError' } })],
    ['an image that has the program', podOf({ running: { startedAt: '2026-11-24T10:00:00Z' } }, imageId)],
  ])('with %s', (_, pod) => {
    expect(readPullPod(pod, [])).toEqual({ kind: 'pulled' })
  })
})

describe('is refused', () => {
  const cause =
    'failed to pull and unpack image: failed to resolve reference: unexpected status: 403 Forbidden'

  test.each([
    [
      'the event tells it',
      { reason: 'ImagePullBackOff', message: 'Back-off pulling image' },
      [
        event('Failed', `Failed to pull image "${image}": rpc error: code = Unknown desc = ${cause}`),
        event('Failed', 'Error: ErrImagePull'),
        event('Failed', 'Failed to pull image "x": of another pod', 'devk8s-pull-2'),
      ],
    ],
    [
      'only the status tells it',
      { reason: 'ErrImagePull', message: `rpc error: code = NotFound desc = ${cause}` },
      [],
    ],
  ])('%s', (_, waiting, events) => {
    expect(readPullPod(podOf({ waiting }), events)).toEqual({ kind: 'refused', message: cause })
  })

  test('without a word', () => {
    const pod = podOf({ waiting: { reason: 'InvalidImageName' } })
    expect(readPullPod(pod, [])).toEqual({ kind: 'refused', message: 'InvalidImageName' })
  })

  test('and out of time: the pod has ended, its events tell why', () => {
    const pod = podWith({ phase: 'Failed', reason: 'DeadlineExceeded' })
    const events = [event('Failed', `Failed to pull image "${image}": ${cause}`)]
    expect(readPullPod(pod, events)).toEqual({ kind: 'refused', message: cause })
  })
})

describe('is neither', () => {
  test.each([
    ['while it pulls', podOf({ waiting: { reason: 'ContainerCreating' } }), ''],
    ['before it is seen', podWith({ phase: 'Pending' }), ''],
    [
      'while nothing has room for it',
      podWith({
        phase: 'Pending',
        conditions: [{ type: 'PodScheduled', status: 'False', message: '0/1 nodes are available' }],
      }),
      '0/1 nodes are available',
    ],
  ])('%s', (_, pod, why) => {
    expect(readPullPod(pod, [])).toEqual({ kind: 'waiting', why })
  })

  test.each([
    [
      'out of time',
      podWith({ phase: 'Failed', reason: 'DeadlineExceeded', message: 'too long' }),
      'DeadlineExceeded: too long',
    ],
    ['evicted', podWith({ phase: 'Failed', reason: 'Evicted' }), 'Evicted'],
    [
      'ended without an image',
      podOf({ terminated: { reason: 'ContainerStatusUnknown' } }, '', 'Failed'),
      'ContainerStatusUnknown',
    ],
    ['removed', undefined, 'somebody has removed it'],
  ])('%s', (_, pod, why) => {
    expect(readPullPod(pod, [])).toEqual({ kind: 'ended', why })
  })

  test('unless its events say that the image had come', () => {
    const pod = podOf({ terminated: { reason: 'ContainerStatusUnknown' } }, '', 'Failed')
    expect(readPullPod(pod, [event('Pulled', 'Successfully pulled image')])).toEqual({ kind: 'pulled' })
  })
})
