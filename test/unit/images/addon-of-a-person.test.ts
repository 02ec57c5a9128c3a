import { describe, expect, test } from 'vitest'
import { addonLeavings, type AddonLeavings } from '../../../src/images/addon-leavings.ts'
import { imagesKeeper } from '../../../src/images/images-keeper.ts'
import { isDevK8sError } from '../../../src/problems/problem.ts'
import { type ImagesLab, imagesLab, simulatedCluster } from '../../fakes/images-lab.ts'

const hour = 3_600_000
const images = {
  mode: 'addon',
  why: 'the profile says so',
  registries: [{ account: '111122223333', regions: ['eu-west-1'] }],
} as const
const deployment = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'registry-creds', namespace: 'kube-system' },
  spec: {
    replicas: 1,
    selector: { matchLabels: { app: 'registry-creds' } },
    template: {
      metadata: { labels: { app: 'registry-creds' } },
      spec: { containers: [{ name: 'registry-creds', image: 'registry-creds:1.10' }] },
    },
  },
}
const keys = (id: string) => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 'registry-creds-ecr', namespace: 'kube-system' },
  data: { AWS_ACCESS_KEY_ID: btoa(id) },
})
const written = (namespace: string) => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 'awsecr-cred', namespace },
  type: 'kubernetes.io/dockerconfigjson',
  data: {
    '.dockerconfigjson': btoa(
      JSON.stringify({
        auths: { 'https://111122223333.dkr.ecr.eu-west-1.amazonaws.com': { auth: 'eA==', email: 'none' } },
      }),
    ),
  },
})

/** registry-creds runs, and has filled two namespaces, one of which is Kubernetes' own. */
async function running(): Promise<ImagesLab> {
  const lab = imagesLab(simulatedCluster(), { images })
  await lab.apply(deployment, written('default'), written('kube-public'))
  return lab
}

async function leavings(lab: ImagesLab): Promise<AddonLeavings> {
  lab.forget()
  const found = await addonLeavings(lab.upkeep, lab.context)
  if ('problem' in found) throw new Error(found.problem.detail)
  return found
}

async function replicas(lab: ImagesLab): Promise<unknown> {
  const found = await lab.get('deployment', 'registry-creds', 'kube-system')
  return (found?.['spec'] as { readonly replicas?: unknown } | undefined)?.replicas
}

describe('what registry-creds leaves', () => {
  test('with keys of a person: nothing of it is ours to stop or to remove', async () => {
    const lab = await running()
    await lab.apply(keys('AKIAOFAPERSON'))
    expect(await leavings(lab)).toEqual({ running: undefined, secrets: [] })
  })

  test.each([
    ['minikube’s placeholder', async (lab: ImagesLab) => lab.apply(keys('changeme'))],
    ['none', async () => {}],
  ])('with %s: what is in namespaces that are served', async (_whose, prepare) => {
    const lab = await running()
    await prepare(lab)
    const found = await leavings(lab)
    expect(found.running?.replicas).toBe(1)
    expect(found.secrets).toEqual([{ namespace: 'default', name: 'awsecr-cred' }])
  })

  test('with keys of ours: all that it writes, in Kubernetes’ own namespaces too', async () => {
    const lab = await running()
    await imagesKeeper.renew(lab.upkeep, { changes: [], detail: {} }, lab.context)
    const found = await leavings(lab)
    expect(found.running?.replicas).toBe(1)
    expect(found.secrets.map(({ namespace }) => namespace)).toEqual(['default', 'kube-public'])
  })
})

describe('no new session', () => {
  async function failing(lab: ImagesLab): Promise<readonly string[]> {
    lab.aws({ sessionFails: true })
    lab.forget()
    const error: unknown = await imagesKeeper
      .renew(lab.upkeep, { changes: [], detail: {} }, lab.context)
      .catch((caught: unknown) => caught)
    return isDevK8sError(error) ? error.problems.map(({ code }) => code) : []
  }

  test('with keys of a person it runs on', async () => {
    const lab = await running()
    await lab.apply(keys('AKIAOFAPERSON'))
    expect(await failing(lab)).toEqual(['DK5012'])
    expect({ replicas: await replicas(lab), said: lab.said }).toEqual({ replicas: 1, said: [] })
  })

  test('with keys of ours that are nearly over it is stopped', async () => {
    const lab = await running()
    await imagesKeeper.renew(lab.upkeep, { changes: [], detail: {} }, lab.context)
    await lab.clock.advance(11 * hour)
    expect(await failing(lab)).toEqual(['DK5012'])
    expect(await replicas(lab)).toBe(0)
  })
})
