import { describe, expect, test } from 'vitest'
import { simulatedCluster } from '../../fakes/images-lab.ts'
import { policiesKeeper } from '../../../src/pods/policies-keeper.ts'
import type { Exec } from '../../../src/ports/exec.ts'
import { policiesWithoutEffect } from '../../../src/problems/pods.ts'
import { isDevK8sError } from '../../../src/problems/problem.ts'
import type { Standing } from '../../../src/upkeep/keeper.ts'
import type { ImagesLab } from '../../fakes/images-lab.ts'
import { account, namespace, podsLab, podsUpkeep } from './lab.ts'

const newLab = async () => podsLab(simulatedCluster('v1.36.2'))

async function look(lab: ImagesLab, upkeep = lab.upkeep): Promise<Standing> {
  lab.forget()
  const standing = await policiesKeeper.look(upkeep, lab.context, { thorough: true })
  if ('problem' in standing) throw new Error(standing.problem.detail)
  return standing
}

async function renew(lab: ImagesLab, upkeep = lab.upkeep): Promise<void> {
  await policiesKeeper.renew(upkeep, await look(lab, upkeep), lab.context)
}

describe('policies of a cluster', () => {
  test('are made, are in effect, and then nothing is due', async () => {
    const lab = await newLab()
    const first = await look(lab)
    expect(first.changes.map(({ field, effect }) => `${effect} ${field}`)).toEqual([
      'create MutatingAdmissionPolicy devk8s-aws-keys',
      'create MutatingAdmissionPolicyBinding devk8s-aws-keys',
      'create MutatingAdmissionPolicy devk8s-ecr-pull',
      'create MutatingAdmissionPolicyBinding devk8s-ecr-pull',
    ])
    await renew(lab)
    const then = await look(lab)
    expect(then.changes).toEqual([])
    expect(then.detail).toMatchObject({ served: true, serviceAccounts: ['shop/planned'], inEffect: true })
    expect(then.notes ?? []).toEqual([])
  })

  test('a service account that gets a role is missing in them until they are renewed; one elsewhere is not theirs', async () => {
    const lab = await newLab()
    await renew(lab)
    await lab.apply(
      account('api', 'shop', 'arn:aws:iam::111122223333:role/reader'),
      account('api', 'other', 'arn:aws:iam::111122223333:role/reader'),
      account('root', 'shop', 'arn:aws:iam::111122223333:role/admin'),
    )
    const drifted = await look(lab)
    expect(drifted.detail).toMatchObject({ missing: ['shop/api'], denied: ['shop/root'] })
    expect(drifted.changes).toEqual([
      {
        field: 'MutatingAdmissionPolicy devk8s-aws-keys',
        effect: 'in-place',
        to: 'with service account shop/api',
      },
    ])
    await renew(lab)
    expect((await look(lab)).detail).toMatchObject({
      serviceAccounts: ['shop/api', 'shop/planned'],
      missing: [],
    })
  })

  test('Secrets and ConfigMaps with AWS keys are told to them by name, and no value leaves kubectl', async () => {
    const lab = await newLab()
    await renew(lab)
    const objectOf = (kind: string, name: string, place: string, data: object) => ({
      apiVersion: 'v1',
      kind,
      metadata: { name, namespace: place },
      data,
    })
    await lab.apply(
      objectOf('Secret', 'mine', 'shop', { OTHER: btoa('x'), AWS_SECRET_ACCESS_KEY: btoa('canary') }),
      objectOf('ConfigMap', 'choice', 'default', { AWS_PROFILE: 'canary' }),
      objectOf('ConfigMap', 'region', 'shop', { AWS_REGION: 'canary' }),
      objectOf('Secret', 'elsewhere', 'other', { AWS_ACCESS_KEY_ID: btoa('canary') }),
      objectOf('Secret', 'aws-credentials', 'shop', { AWS_ACCESS_KEY_ID: btoa('canary') }),
    )
    const outputs: string[] = []
    const { exec } = lab.context.ports
    const listening: Exec = {
      ...exec,
      run: async (command, how) => {
        const ran = await exec.run(command, how)
        outputs.push(ran.stdout)
        return ran
      },
    }
    const watched = { ...lab, context: { ...lab.context, ports: { ...lab.context.ports, exec: listening } } }
    lab.forget()
    // A look that is not thorough is one call, and leaves what the policy knows as it is.
    expect(await policiesKeeper.look(lab.upkeep, watched.context)).toMatchObject({ changes: [] })
    expect(outputs).toHaveLength(1)
    expect((await look(watched)).changes).toEqual([
      {
        field: 'MutatingAdmissionPolicy devk8s-aws-keys',
        effect: 'in-place',
        to: 'without containers that have keys from ConfigMap default/choice, Secret shop/mine',
      },
    ])
    await renew(watched)
    expect((await look(watched)).changes).toEqual([])
    expect(outputs.join('\n')).not.toMatch(/canary|Y2FuYXJ5/)
  })

  test('those of the profile’s own manifests are told before they are in the cluster', async () => {
    const lab = await newLab()
    const pods = { ...podsUpkeep, ownSources: ['Secret shop/coming', 'Secret elsewhere/coming'] }
    await renew(lab, { ...lab.upkeep, pods })
    const { stdout } = await lab.kubectl(
      'get',
      'mutatingadmissionpolicies.admissionregistration.k8s.io',
      '-o',
      'json',
    )
    expect(stdout).toContain('shop/coming')
    lab.forget()
    const more = { ...pods, ownSources: [...pods.ownSources, 'ConfigMap shop/choice'] }
    expect(await policiesKeeper.look({ ...lab.upkeep, pods: more }, lab.context)).toMatchObject({
      changes: [{ to: 'without containers that have keys from ConfigMap shop/choice' }],
    })
  })

  test('what the profile has no more use for is removed, and the rest is in effect without it', async () => {
    const lab = await newLab()
    await renew(lab)
    const { images: _images, ...keysOnly } = lab.upkeep
    const before = await look(lab, keysOnly)
    expect(before.changes.map(({ effect }) => effect)).toEqual(['remove', 'remove'])
    await renew(lab, keysOnly)
    expect((await look(lab, keysOnly)).changes).toEqual([])
    expect(
      (await lab.kubectl('get', 'mutatingadmissionpolicies.admissionregistration.k8s.io', '-o', 'name'))
        .stdout,
    ).toBe('mutatingadmissionpolicy.admissionregistration.k8s.io/devk8s-aws-keys\n')
  })

  test('without keys for pods the API server says which Kubernetes it is', async () => {
    const lab = await newLab()
    const { pods: _pods, ...imagesOnly } = lab.upkeep
    await renew(lab, imagesOnly)
    const then = await look(lab, imagesOnly)
    expect([then.changes, then.detail['inEffect']]).toEqual([[], true])
  })

  test('where no namespace is open nothing is tried', async () => {
    const lab = await newLab()
    const off = { 'devk8s.dev/aws': 'off' }
    const closed = ['shop', 'other', 'default'].map((name) => namespace(name, off))
    for (const each of closed) {
      const { name } = each.metadata
      await lab.kubectl('label', 'namespace', name, 'devk8s.dev/aws=off')
    }
    await renew(lab)
    expect((await look(lab)).detail).toMatchObject({ inEffect: null })
  })
})

describe('without policies', () => {
  test.each([
    [
      'v1.31.2',
      'Kubernetes v1.31.2 has no mutating admission policies. Pods get AWS keys by `devk8s aws attach deploy/NAME`.',
    ],
    [
      'v1.35.1',
      'The API server runs without mutating admission policies, which Kubernetes v1.35.1 has off by default; `devk8s up` restarts it with them. Until then pods get AWS keys by `devk8s aws attach deploy/NAME`.',
    ],
  ])('%s: no fault, and the other way is named', async (kubernetes, text) => {
    const lab = await podsLab(simulatedCluster(kubernetes))
    const standing = await look(lab)
    expect([standing.changes, standing.detail['served']]).toEqual([[], false])
    expect(standing.notes).toEqual([{ level: 'warning', text }])
    await renew(lab)
    expect(lab.commands.filter(({ changes }) => changes)).toEqual([])
  })

  test('where pods get only pull secrets, that is what is said', async () => {
    const lab = await podsLab(simulatedCluster('v1.31.2'))
    const { pods: _pods, ...imagesOnly } = lab.upkeep
    expect((await look(lab, imagesOnly)).notes?.[0]?.text).toContain('from their service account')
  })
})

test('policies that change nothing are a problem when they are new, and a warning after', async () => {
  const lab = await newLab()
  const { ports } = lab.context
  let time = 0
  // An API server that admits the pod on trial as it is.
  const exec: Exec = {
    find: ports.exec.find,
    run: async (command, how) =>
      command.args.includes('--dry-run=server')
        ? {
            outcome: 'exited',
            exitCode: 0,
            signal: null,
            stdout: typeof command.stdin === 'string' ? command.stdin : '',
            stderr: '',
            durationMs: 1,
          }
        : ports.exec.run(command, how),
  }
  const clock = {
    ...ports.clock,
    now: () => ports.clock.now(),
    monotonic: () => time,
    sleep: async (ms: number) => void (time += ms),
  }
  const unchanging = { ...lab, context: { ...lab.context, ports: { ...ports, exec, clock } } }
  const error: unknown = await renew(unchanging).catch((caught: unknown) => caught)
  expect(isDevK8sError(error) ? error.problems[0] : error).toMatchObject({
    code: policiesWithoutEffect.code,
    detail: expect.stringContaining('20 s'),
  })
  const after = await look(unchanging)
  expect([after.changes, after.detail['inEffect']]).toEqual([[], false])
  expect(after.notes?.[0]?.text).toContain('have no effect')
})
