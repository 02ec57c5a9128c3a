import { deleteObject, putObjects, refOf } from '../../../src/simulator/kube-api/store.ts'
import type { KubeObject } from '../../../src/simulator/kube-api/object.ts'
import type { KubeSubject } from '../../fakes/kube-subject.ts'
import { contractNow, type KubeRun } from '../../fakes/kube-subject.ts'
import { type KubeRecording, kubeRecording } from '../../fakes/kube-recording.ts'

/** The recordings that build on each other, in their order. */
export const session: readonly string[] = [
  '002 005 006 010 013 014 017 018 019 020 021 023 025 026 030 031 033 034 035 036 042 044 045 046',
  '047 048 049 050 051 052 055 056 059 060 074 075 076 077 078 079 080 081 082 083 084 106 107 108',
  '109 110 116 200 201 202 203 211 212 213 214 220 221 222 223 224 225 235 236 260 261 263 264',
  // Against kube-apiserver 1.35.1 without controllers: the other 4xx are in kubectl.test.ts, where it matters.
  '400 401 402 403 404 405 406 407 408 410 411 412 413 416 417 418 419 420 422 423 426 427 429',
  '430 431 436',
].flatMap((line) => line.split(' '))

/** What a recording needs that the runs before it, as far as they are replayed, have not left. */
function prepare(id: string, subject: KubeSubject): void {
  const number = id.slice(-3)
  subject.change({
    refused: number >= '220' && number <= '225',
    faults: {
      ...(number >= '200' && number <= '203' ? { unauthorized: true } : {}),
      ...(number === '260' || number === '263' ? { unavailable: true } : {}),
      ...(number === '261' || number === '264' ? { unavailableResources: true } : {}),
    },
  })
  const needed = extras[number]
  if (needed !== undefined)
    subject.change({ store: (store) => putObjects(store, [needed].flat(), contractNow) })
}

function configMap(name: string): KubeObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'demo' }, data: { a: '1' } }
}

function account(name: string, more: object = {}): KubeObject {
  return { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace: 'aws-demo' }, ...more }
}

const extras: Readonly<Record<string, KubeObject | readonly KubeObject[]>> = {
  '109': configMap('plain'), // made by client-side apply in 037, which is not replayed
  '110': configMap('agg'), // made through aggregated discovery in 063
  '400': { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'aws-demo' } },
  '419': ['a', 'b'].map((name) => ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace: 'aws-demo', labels: { team: 'shop' } },
  })),
  '430': ['shop', 'pay'].map((name) => account(name)),
  '436': account('own', { imagePullSecrets: [{ name: 'theirs' }] }),
}

export interface Replayed {
  readonly recording: KubeRecording
  readonly run: KubeRun
}

/** Runs the whole session on a subject. kcp starts with two namespaces only: the others are taken away. */
export async function replay(subject: KubeSubject, ids: readonly string[]): Promise<readonly Replayed[]> {
  subject.change({
    store: (store) =>
      ['kube-node-lease', 'kube-public'].reduce(
        (made, name) =>
          deleteObject(made, refOf({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })),
        store,
      ),
  })
  const replayed: Replayed[] = []
  for (const id of ids) {
    const recording = kubeRecording(id)
    prepare(id, subject)
    replayed.push({
      recording,
      run: await subject.run(recording.argv, recording.stdin, recording.cache === 'empty home'),
    })
  }
  return replayed
}
