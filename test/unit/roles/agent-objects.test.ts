import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { realHashing } from '../../../src/adapters/hash.ts'
import { parseManifests } from '../../../src/kube/manifests.ts'
import { hashAnnotation, stampObjects } from '../../../src/kube/objects.ts'
import type { KubeObject } from '../../../src/kube/object.ts'
import { agentObjects } from '../../../src/roles/agent-objects.ts'

const stamp = (objects: readonly KubeObject[]) => stampObjects(objects, realHashing())
const daemonSetOf = (objects: readonly KubeObject[]) => objects.find(({ kind }) => kind === 'DaemonSet')
const text = JSON.stringify(agentObjects('program()'))

test('the manifest that people read is what is applied', async () => {
  const path = resolve(import.meta.dirname, '../../../manifests/aws/agent.yaml')
  const parsed = parseManifests(await readFile(path, 'utf8'), path)
  expect('problems' in parsed ? parsed.problems : parsed.objects).toEqual(agentObjects(''))
})

describe('stamped', () => {
  test('every object is ours, and the namespace comes before what is in it', () => {
    const objects = agentObjects('program()', stamp)
    expect(objects.map(({ kind }) => kind)).toEqual(agentObjects('').map(({ kind }) => kind))
    for (const { metadata } of objects) {
      expect(metadata.labels).toMatchObject({
        'devk8s.dev/managed': 'true',
        'app.kubernetes.io/name': 'devk8s-aws',
      })
      expect(metadata.annotations?.[hashAnnotation]).toMatch(/^[0-9a-f]{64}$/)
    }
    expect(objects[0]?.kind).toBe('Namespace')
  })

  test('another program makes new pods, the same one none', () => {
    const [one, same, other] = ['a', 'a', 'b'].map((program) => daemonSetOf(agentObjects(program, stamp)))
    expect(same).toEqual(one)
    expect(JSON.stringify(other?.['spec'])).not.toBe(JSON.stringify(one?.['spec']))
  })

  test('the program is there once, as it was given', () => {
    const holders = agentObjects('program()', stamp).filter(({ kind }) => kind === 'ConfigMap')
    expect(holders.map((each) => each['data'])).toEqual([{ 'agent.cjs': 'program()' }])
  })
})

describe('what it may do', () => {
  test('no port of the node is declared, nothing of the node is mounted, and no container is privileged', () => {
    expect(text).not.toMatch(/"ports"|hostPort|hostPath|hostPID|hostIPC|privileged":/)
  })

  test('the server has no right of the kernel, the other one NET_ADMIN alone', () => {
    const spec = daemonSetOf(agentObjects(''))?.['spec'] as {
      template: { spec: { containers: Context[]; initContainers: Context[] } }
    }
    const { containers, initContainers } = spec.template.spec
    const locked = { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true }
    expect(containers.map(({ securityContext }) => securityContext)).toEqual([
      expect.objectContaining({ ...locked, runAsNonRoot: true, capabilities: { drop: ['ALL'] } }),
    ])
    expect(initContainers.map(({ securityContext }) => securityContext)).toEqual([
      expect.objectContaining({ ...locked, capabilities: { drop: ['ALL'], add: ['NET_ADMIN'] } }),
    ])
  })

  test('Secrets and ConfigMaps by name only, no * anywhere, and nothing is written but Events', () => {
    const rules = agentObjects('').flatMap((object) => (object['rules'] ?? []) as Rule[])
    expect(JSON.stringify(rules)).not.toContain('*')
    const named = rules.filter(({ resources = [] }) => /secrets|configmaps/.test(resources.join()))
    expect(named.map(({ resourceNames }) => resourceNames)).toEqual([
      ['devk8s-aws'],
      ['devk8s-aws-sessions'],
      ['pod-identity-webhook'],
    ])
    const writes = rules.filter(({ verbs }) => verbs.some((verb) => !['get', 'list', 'watch'].includes(verb)))
    expect(writes.map(({ resources }) => resources)).toEqual([['events']])
  })

  test('the image is pinned by digest', () => {
    const images = [...text.matchAll(/"image":"([^"]+)"/g)].map(([, image]) => image)
    expect(images).toHaveLength(2)
    for (const image of images)
      expect(image).toMatch(/^docker\.io\/library\/node:24-alpine@sha256:[0-9a-f]{64}$/)
  })
})

interface Context {
  readonly securityContext: object
}

interface Rule {
  readonly resources?: readonly string[]
  readonly resourceNames?: readonly string[]
  readonly verbs: readonly string[]
}
