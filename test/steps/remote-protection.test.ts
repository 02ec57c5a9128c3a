import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { awsUnreachable } from '../../src/problems/aws.ts'
import { DevK8sError, problem } from '../../src/problems/problem.ts'
import { eksCluster, outcomes, said, teamLab, type TeamLab } from '../fakes/team.ts'

const roles = 'roleArn: arn:aws:iam::123456789012:role/a, readOnlyRoleArn: arn:aws:iam::123456789012:role/r'
const eks = `eks: { cluster: acme, region: eu-west-1, ${roles} }`
const guarded = `  - { name: stg, protected: true, ${eks} }\n`
const open = `  - { name: stg, eks: { cluster: acme, region: eu-west-1 } }\n`
const discover = '  - { name: d, eks: { discover: true, region: eu-west-1 } }\n'
const unreachable = () => new DevK8sError(problem(awsUnreachable, { detail: 'No network.' }))

const names = async (lab: TeamLab) => (await lab.read()).contexts.map(({ name }) => name).toSorted()
const argsOf = async (lab: TeamLab) =>
  (await lab.read()).users.flatMap(({ user }) => (user['exec'] as { readonly args: readonly string[] }).args)

describe('what another entry of the profile names is not discovered', () => {
  test('a protected cluster gets no second context', async () => {
    const lab = await teamLab([eksCluster('acme'), eksCluster('other')])
    const result = await lab.sync(guarded + discover)
    expect(await names(lab)).toEqual(['d-other', 'stg'])
    expect(said(result)).toContain(
      'EKS cluster "acme" has the context stg and gets no context d-acme as well.',
    )
  })

  test('one from before goes with the next prune', async () => {
    const lab = await teamLab([eksCluster('acme')])
    await lab.sync(discover)
    expect(await names(lab)).toEqual(['d-acme'])
    expect(said(await lab.sync(guarded + discover))).toContain('The profile has d-acme no more')
    await lab.sync(guarded + discover, { prune: true })
    expect(await names(lab)).toEqual(['stg'])
  })

  test('nor does one that a protected entry discovers', async () => {
    const lab = await teamLab([eksCluster('acme', { tags: { stage: 'live' } }), eksCluster('other')])
    const live = `  - { name: live, protected: true, eks: { discover: true, region: eu-west-1, tags: { stage: live }, ${roles} } }\n`
    await lab.sync(live + discover)
    expect(await names(lab)).toEqual(['d-other', 'live-acme'])
  })

  test('nor one that is named by its address', async () => {
    const lab = await teamLab([eksCluster('acme')])
    const server = eksCluster('acme').endpoint.replace('https://acme', 'https://ACME')
    await lab.sync(`  - { name: fixed, cluster: { server: '${server}/' } }\n${discover}`)
    expect(await names(lab)).toEqual(['fixed'])
  })

  test('a cluster of the same name in another region or account is another one', async () => {
    const far = eksCluster('acme', { arn: 'arn:aws:eks:eu-west-1:999999999999:cluster/acme' })
    const lab = await teamLab([far])
    const { aws } = lab
    const theirs = { ...lab.ports.aws }
    Object.assign(aws, {
      describeCluster: async (source: Parameters<typeof aws.describeCluster>[0]) =>
        source.profile === 'prod'
          ? eksCluster('acme')
          : theirs.describeCluster(source, new AbortController().signal),
    })
    const prod = guarded.replace('region:', 'awsProfile: prod, region:')
    await lab.sync(prod + discover)
    expect(await names(lab)).toEqual(['d-acme', 'stg'])
    const elsewhere = await teamLab([eksCluster('acme')])
    await elsewhere.sync(guarded.replace('eu-west-1', 'us-east-1') + discover)
    expect(await names(elsewhere)).toEqual(['d-acme', 'stg'])
  })

  test('where the other cannot be asked nothing is written, and nothing goes', async () => {
    const lab = await teamLab([eksCluster('acme')])
    await lab.sync(discover)
    const { aws } = lab
    Object.assign(aws, {
      describeCluster: async (source: { readonly profile?: string }) => {
        if (source.profile === 'prod') throw unreachable()
        return eksCluster('acme')
      },
    })
    await lab.clock.advance(3_600_000)
    const prod = guarded.replace('region:', 'awsProfile: prod, region:')
    const result = await lab.sync(prod + discover, { prune: true })
    expect(said(result)).toContain('may be that of stg, which could not be asked: d-acme is left as it is.')
    expect(await names(lab)).toEqual(['d-acme'])
    const fresh = await teamLab([eksCluster('acme')])
    Object.assign(fresh.aws, { describeCluster: aws.describeCluster })
    await fresh.sync(prod + discover)
    await expect(fresh.text()).rejects.toThrow(/ENOENT/)
  })
})

describe('a context of the person’s own to a protected cluster', () => {
  const mine = `apiVersion: v1
kind: Config
clusters:
- name: by-hand
  cluster: { server: 'https://acme.gr7.eu-west-1.eks.amazonaws.com' }
users:
- name: me
  user: { token: t }
contexts:
- name: by-hand
  context: { cluster: by-hand, user: me }
`
  test('is warned of each time', async () => {
    const lab = await teamLab([eksCluster('acme')])
    await lab.write(mine)
    for (const result of [await lab.sync(guarded), await lab.sync(guarded)]) {
      const { steps } = result
      const notes = steps.flatMap((step) => step.notes)
      expect(notes).toContainEqual({
        level: 'warning',
        text: expect.stringContaining(
          'Context by-hand of yours leads to the same cluster as stg, which is protected',
        ),
      })
    }
  })

  test('one with our user is not: its credentials are withheld all the same', async () => {
    const lab = await teamLab([eksCluster('acme')])
    await lab.sync(guarded)
    await lab.write(
      (await lab.text()).replace(
        'contexts:\n',
        'contexts:\n- name: second\n  context: { cluster: devk8s-stg, user: devk8s-stg }\n',
      ),
    )
    expect(said(await lab.sync(guarded)).trim()).toBe('')
  })
})

describe('the key of a protection', () => {
  test('names the team, and outlives a new name of the context', async () => {
    const lab = await teamLab([eksCluster('acme')])
    await lab.sync(guarded)
    expect((await argsOf(lab)).slice(-2)).toEqual(['--protect', 'team/stg'])
    await lab.write((await lab.text()).replace('  name: stg', '  name: mine'))
    const again = await lab.sync(guarded)
    expect([again.changesNeeded, await names(lab)]).toEqual([false, ['mine']])
    expect((await argsOf(lab)).slice(-2)).toEqual(['--protect', 'team/stg'])
  })
})

describe('a context that the profile protects no more', () => {
  test('keeps its protection unless somebody agrees, and the warning has its name', async () => {
    const lab = await teamLab([eksCluster('acme')])
    await lab.sync(guarded)
    const before = await lab.text()
    lab.answers['contexts.unprotect'] = false
    const refused = await lab.sync(open)
    expect(outcomes(refused)['remote-context.stg']).toBe('declined')
    expect(await lab.text()).toBe(before)
    expect(lab.questions).toMatchObject([
      { id: 'contexts.unprotect', kind: 'confirm', destructive: true, flag: '--yes', fallback: undefined },
    ])
    expect(lab.questions[0]?.text).toContain('stg')
    expect(refused.steps.flatMap(({ notes }) => notes)).toContainEqual({
      level: 'warning',
      text: 'Context stg is protected until now, and the profile protects it no more.',
    })
    lab.answers['contexts.unprotect'] = true
    expect((await lab.sync(open)).exit).toBe(0)
    expect(await argsOf(lab)).not.toContain('--protect')
    expect((await lab.sync(open)).changesNeeded).toBe(false)
  })

  test('so does one whose new way to sign in cannot be withheld', async () => {
    const lab = await teamLab([eksCluster('acme')])
    await lab.sync(guarded)
    lab.answers['contexts.unprotect'] = false
    const secret = join(lab.folder, 'password')
    await mkdir(dirname(secret), { recursive: true })
    await writeFile(secret, 'p')
    const basic = `  - { name: stg, protected: true, cluster: { server: https://k.test }, user: { username: me, password: { file: ${secret} } } }\n`
    const result = await lab.sync(basic)
    expect(outcomes(result)['remote-context.stg']).toBe('declined')
    expect(await readFile(lab.kubeconfig, 'utf8')).toContain('--protect')
  })
})
