import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { realFiles } from '../../../src/adapters/files.ts'
import { imagesKeeper } from '../../../src/images/images-keeper.ts'
import { getArgs } from '../../../src/kube/kubectl.ts'
import type { KubeObject } from '../../../src/kube/object.ts'
import type { StepContext } from '../../../src/plan/step.ts'
import { podsKeeper } from '../../../src/pods/pods-keeper.ts'
import { policiesKeeper } from '../../../src/pods/policies-keeper.ts'
import { policyKinds } from '../../../src/pods/policy-state.ts'
import type { Command, Exec } from '../../../src/ports/exec.ts'
import { isDevK8sError } from '../../../src/problems/problem.ts'
import { endParts, endUpkeep } from '../../../src/upkeep/ending.ts'
import { awsPlaces, fileIn } from '../../../src/upkeep/places.ts'
import { upkeepAt, writeUpkeep } from '../../../src/upkeep/records.ts'
import { type ImagesLab, simulatedCluster } from '../../fakes/images-lab.ts'
import { podsLab } from '../pods/lab.ts'

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

/** A cluster in which registry-creds pulls, pods have keys, and policies hand them out. */
async function keptLab() {
  const lab = await podsLab(simulatedCluster('v1.36.0'), { images })
  await lab.apply(deployment)
  for (const keeper of [policiesKeeper, imagesKeeper, podsKeeper]) {
    lab.forget()
    await keeper.renew(lab.upkeep, { changes: [], detail: {} }, lab.context)
  }
  const places = awsPlaces({ state: await mkdtemp(join(tmpdir(), 'devk8s-end-')) }, 'linux')
  const file = fileIn(places.upkeeps, 'dev')
  await writeUpkeep(realFiles(), file, lab.upkeep)
  return { lab, file, ending: { cluster: 'dev', target: lab.upkeep.kubectl, places } }
}

/** kubectl that fails for whatever has one of these words, as the API server would refuse it. */
function refusing(lab: ImagesLab, words: readonly string[]): StepContext {
  const { exec } = lab.context.ports
  const isRefused = ({ args }: Command) => args.some((arg) => words.includes(arg))
  const run: Exec['run'] = async (command, how) =>
    isRefused(command)
      ? {
          outcome: 'exited',
          exitCode: 1,
          signal: null,
          stdout: '',
          stderr: 'Error from server (Forbidden): deployments.apps "registry-creds" is forbidden: no\n',
          durationMs: 1,
        }
      : exec.run(command, how)
  return {
    ...lab.context,
    ports: { ...lab.context.ports, exec: { ...exec, run }, files: realFiles() },
  }
}

async function problemsOf(attempt: Promise<unknown>): Promise<readonly string[]> {
  const error: unknown = await attempt.catch((caught: unknown) => caught)
  return isDevK8sError(error) ? error.problems.map(({ detail }) => detail) : []
}

/** What is in the cluster of ours, `Kind name`. */
async function leftIn(lab: ImagesLab): Promise<readonly string[]> {
  const args = getArgs(['Secret', ...policyKinds], { selector: 'devk8s.dev/managed=true' })
  const { stdout, stderr } = await lab.kubectl(...args)
  expect(stderr).toBe('')
  const { items } = JSON.parse(stdout) as { readonly items: readonly KubeObject[] }
  return items.map(({ kind, metadata }) => `${kind} ${metadata.name}`)
}

test('registry-creds that cannot be stopped keeps no key in the cluster, and is told of', async () => {
  const { lab, ending } = await keptLab()
  expect(await leftIn(lab)).toEqual(
    expect.arrayContaining([
      'Secret registry-creds-ecr',
      'Secret aws-credentials',
      expect.stringContaining('MutatingAdmissionPolicy'),
    ]),
  )
  const problems = await problemsOf(endUpkeep(ending, refusing(lab, ['scale'])))
  expect(problems).toEqual([expect.stringContaining('registry-creds')])
  expect(await leftIn(lab)).toEqual([])
})

test('a part whose registry-creds cannot be stopped loses its keys, and stays recorded for the next attempt', async () => {
  const { lab, file, ending } = await keptLab()
  const parts = ['images', 'pods'] as const
  expect(await problemsOf(endParts(ending, parts, refusing(lab, ['scale'])))).toHaveLength(1)
  expect((await leftIn(lab)).filter((name) => name.startsWith('Secret '))).toEqual([])
  expect((await upkeepAt(realFiles(), file))?.images).toEqual(images)
  await endParts(ending, parts, refusing(lab, []))
  expect((await upkeepAt(realFiles(), file))?.images).toBeUndefined()
  const stopped = await lab.get('deployment', 'registry-creds', 'kube-system')
  expect(stopped?.['spec']).toMatchObject({ replicas: 0 })
})

test('a cancelled stop of registry-creds ends all of it', async () => {
  const { lab, ending } = await keptLab()
  const stop = new AbortController()
  const context = refusing(lab, [])
  const { run } = context.ports.exec
  const exec: Exec = {
    ...context.ports.exec,
    run: async (command, how) => {
      if (command.args.includes('scale')) stop.abort()
      return run(command, how)
    },
  }
  const cancelled = { ...context, signal: stop.signal, ports: { ...context.ports, exec } }
  await expect(endUpkeep(ending, cancelled)).rejects.toThrow(/abort/)
  expect((await leftIn(lab)).length).toBeGreaterThan(3)
})
