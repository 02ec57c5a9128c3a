import { describe, expect, test } from 'vitest'
import { policiesKeeper } from '../../../src/pods/policies-keeper.ts'
import { restartEnding } from '../../../src/pods/restart.ts'
import type { KubeObject } from '../../../src/kube/object.ts'
import type { Question } from '../../../src/ports/prompts.ts'
import { DevK8sError } from '../../../src/problems/problem.ts'
import { declined } from '../../../src/problems/state.ts'
import type { Standing } from '../../../src/upkeep/keeper.ts'
import type { AgentUpkeep } from '../../../src/upkeep/upkeep.ts'
import { type Cluster, type ImagesLab, imagesLab, simulatedCluster } from '../../fakes/images-lab.ts'
import { realTime } from '../../support/real-time.ts'
import { account, namespace, podsUpkeep } from './lab.ts'

const role = (name: string) => `arn:aws:iam::111122223333:role/${name}`

const agent: AgentUpkeep = {
  namespaces: ['shop', 'default'],
  serviceAccounts: ['shop/planned'],
  roles: { admin: 'deny' },
  minikube: { program: 'minikube', home: '/mk', kubeconfig: '/data/kubeconfig', profile: 'dev' },
  nodes: ['dev'],
  accountRoles: { 'shop/planned': role('planned') },
  associations: [
    { namespace: 'shop', serviceAccount: 'imported', roleArn: role('imported'), cluster: 'prod' },
  ],
  restrictions: { mode: 'refuse', format: 'glob' },
  imdsV1: true,
}

async function newLab(kubernetes = 'v1.36.2'): Promise<ImagesLab> {
  const cluster: Cluster = simulatedCluster(kubernetes)
  const lab = imagesLab(cluster, { agent })
  await lab.apply(namespace('shop'), namespace('other'), namespace('default'), namespace('devk8s-system'))
  await lab.apply(account('default', 'shop'), account('default', 'default'))
  const { images: _, ...upkeep } = lab.upkeep
  return realTime({ ...lab, upkeep: { ...upkeep, source: { ...upkeep.source, region: 'eu-central-1' } } })
}

async function look(lab: ImagesLab, thorough = true, upkeep = lab.upkeep): Promise<Standing> {
  lab.forget()
  const standing = await policiesKeeper.look(upkeep, lab.context, { thorough })
  if ('problem' in standing) throw new Error(standing.problem.detail)
  return standing
}

async function renew(lab: ImagesLab, upkeep = lab.upkeep): Promise<void> {
  await policiesKeeper.renew(upkeep, await look(lab, true, upkeep), lab.context)
}

describe('the policy for roles', () => {
  test('is made, is in effect, and then nothing is due', async () => {
    const lab = await newLab()
    expect((await look(lab)).changes.map(({ field, effect }) => `${effect} ${field}`)).toEqual([
      'create MutatingAdmissionPolicy devk8s-aws-identity',
      'create MutatingAdmissionPolicyBinding devk8s-aws-identity',
    ])
    await renew(lab)
    expect(await look(lab)).toMatchObject({
      changes: [],
      detail: { served: true, serviceAccounts: ['shop/imported', 'shop/planned'], inEffect: true },
    })
  })

  test('knows service accounts of every namespace but those of the system, denied ones too', async () => {
    const lab = await newLab()
    await renew(lab)
    await lab.apply(
      account('api', 'shop', role('reader')),
      account('api', 'other', role('reader')),
      account('root', 'shop', role('admin')),
      account('api', 'devk8s-system', role('reader')),
      account('plain', 'shop'),
    )
    expect((await look(lab, false)).detail).toMatchObject({ missing: ['other/api', 'shop/api', 'shop/root'] })
    await renew(lab)
    expect((await look(lab)).changes).toEqual([])
  })

  test('knows what kOps’ ConfigMap says; a look that does not read it sees no change', async () => {
    const lab = await newLab()
    await renew(lab)
    const config = JSON.stringify({
      '*/worker': { RoleARN: role('worker') },
      'kube-system/x': { RoleARN: role('x') },
    })
    const metadata = { name: 'pod-identity-webhook', namespace: 'kube-system' }
    await lab.apply(namespace('kube-system'), {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata,
      data: { config },
    })
    expect((await look(lab, false)).changes).toEqual([])
    expect((await look(lab)).changes.map(({ field }) => field)).toEqual([
      'MutatingAdmissionPolicy devk8s-aws-identity',
    ])
    await renew(lab)
    expect([await look(lab), await look(lab, false)].map(({ changes }) => changes)).toEqual([[], []])
  })

  test('takes the place of the policy for keys, and gives it back', async () => {
    const lab = await newLab()
    const { agent: _, ...rest } = lab.upkeep
    const env = { ...rest, pods: podsUpkeep }
    await renew(lab, env)
    await renew(lab)
    const effects = ({ changes }: Standing) => changes.map(({ field, effect }) => `${effect} ${field}`)
    expect(effects(await look(lab))).toEqual([])
    expect(effects(await look(lab, true, env))).toEqual([
      'create MutatingAdmissionPolicy devk8s-aws-keys',
      'create MutatingAdmissionPolicyBinding devk8s-aws-keys',
      'remove MutatingAdmissionPolicy devk8s-aws-identity',
      'remove MutatingAdmissionPolicyBinding devk8s-aws-identity',
    ])
  })

  test('where Kubernetes has none, the metadata addresses serve all pods, which is said', async () => {
    const lab = await newLab('v1.30.0')
    const { notes = [], changes } = await look(lab)
    expect(changes).toEqual([])
    expect(notes.map(({ text }) => text)).toEqual([
      'Kubernetes v1.30.0 has no mutating admission policies. So pods get credentials at the metadata addresses of AWS, and no region.',
    ])
  })
})

const pod = (
  name: string,
  more: Partial<KubeObject> & { readonly spec?: object; readonly owner?: string } = {},
) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name,
    namespace: 'shop',
    ...(more.owner === undefined
      ? {}
      : {
          ownerReferences: [
            { apiVersion: 'apps/v1', uid: 'u', controller: true, kind: 'StatefulSet', name: more.owner },
          ],
        }),
  },
  spec: { serviceAccountName: 'planned', containers: [{ name: 'app', image: 'nginx' }], ...more.spec },
  status: { phase: 'Running' },
})

describe('devk8s aws refresh --restart, with the agent', () => {
  async function restarted(lab: ImagesLab, agrees = true) {
    const questions: Question[] = []
    const notes: string[] = []
    const { ports } = lab.context
    const prompts = {
      ...ports.prompts,
      ask: async (question: Question) => {
        questions.push(question)
        return agrees
      },
    } as typeof ports.prompts
    const session = {
      ports: { ...ports, prompts },
      signal: new AbortController().signal,
      emit: (event: { readonly type: string; readonly text?: string }) => {
        if (event.text !== undefined) notes.push(event.text)
      },
    }
    lab.forget()
    try {
      const result = await restartEnding(session, lab.upkeep)
      return { result, questions, notes, code: undefined }
    } catch (error) {
      const code = error instanceof DevK8sError ? error.problems[0].code : undefined
      return { result: undefined, questions, notes, code }
    }
  }

  /** With pods that are older than the policy. */
  async function oldPods(): Promise<ImagesLab> {
    const lab = await newLab()
    await lab.apply(
      {
        apiVersion: 'apps/v1',
        kind: 'StatefulSet',
        metadata: { name: 'db', namespace: 'shop' },
        spec: statefulSet,
      },
      pod('bare'),
      pod('bare-with-keys', { spec: { serviceAccountName: 'planned', containers: [keyed] } }),
      pod('asks-for-nothing', { owner: 'db', spec: { serviceAccountName: 'default' } }),
      pod('own-keys', {
        spec: { containers: [{ name: 'app', image: 'nginx', env: [{ name: 'AWS_PROFILE', value: 'x' }] }] },
      }),
    )
    await renew(lab)
    await lab.apply(pod('newer'))
    return lab
  }

  const keyed = { name: 'app', image: 'nginx', envFrom: [{ secretRef: { name: 'aws-credentials' } }] }
  const statefulSet = {
    selector: { matchLabels: { app: 'db' } },
    serviceName: 'db',
    replicas: 1,
    template: {
      metadata: { labels: { app: 'db' } },
      spec: { serviceAccountName: 'planned', containers: [{ name: 'app', image: 'nginx' }] },
    },
  }

  test('owners whose pods were not told of the agent are restarted; bare pods are told of', async () => {
    const lab = await oldPods()
    const { result, questions, notes } = await restarted(lab)
    expect(result).toEqual({
      restarted: ['statefulset/db -n shop'],
      byHand: ['shop/bare', 'shop/bare-with-keys'],
    })
    expect(questions).toMatchObject([
      {
        id: 'aws.restart',
        details: [
          'statefulset/db -n shop: not been told of the agent: it was made before the policy knew that service account shop/planned has a role',
        ],
      },
    ])
    expect(notes).toEqual([
      'Pod shop/bare has not been told of the agent: it was made before the policy knew that service account shop/planned has a role; nobody would make it anew, so delete and create it yourself.',
      'Pod shop/bare-with-keys has keys in its environment from before the agent, which nobody renews; nobody would make it anew, so delete and create it yourself.',
    ])
  })

  test('nothing is restarted without consent', async () => {
    expect(await restarted(await oldPods(), false)).toMatchObject({ code: declined.code })
  })

  test('where the policy is not there, only keys from before are a reason', async () => {
    const lab = await newLab()
    await lab.apply(
      pod('bare'),
      pod('bare-with-keys', { spec: { serviceAccountName: 'planned', containers: [keyed] } }),
    )
    expect((await restarted(lab)).result).toEqual({ restarted: [], byHand: ['shop/bare-with-keys'] })
  })
})
