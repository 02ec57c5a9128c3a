import { mkdtemp, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { realFiles } from '../../../src/adapters/files.ts'
import { awsPlaces, fileIn, placesAround } from '../../../src/upkeep/places.ts'
import { readUpkeeps, writeUpkeep } from '../../../src/upkeep/records.ts'
import { parseUpkeep, renderUpkeep } from '../../../src/upkeep/upkeep-file.ts'
import type { Upkeep } from '../../../src/upkeep/upkeep.ts'
import { agentUpkeep } from '../roles/keeper-lab.ts'
import { upkeepOf } from './keeping-lab.ts'

const whole: Upkeep = {
  ...upkeepOf(),
  source: { profile: 'acme-dev', region: 'eu-west-1', roleArn: 'arn:aws:iam::111122223333:role/dev' },
  accounts: { allow: ['111122223333'], deny: ['999999999999'] },
  images: {
    mode: 'secret',
    why: 'the profile says so',
    registries: [{ account: '111122223333', regions: ['eu-west-1'] }],
  },
}

const text = fc.string({ minLength: 1 })
const texts = fc.array(text, { maxLength: 3 })
const says = fc.oneof(
  text,
  fc.record(
    {
      assume: fc.constantFrom('self' as const, 'twin' as const),
      fallback: text,
      policy: fc.array(fc.dictionary(text, text), { maxLength: 2 }),
    },
    { requiredKeys: ['assume'] },
  ),
)
const rolesParts = { namespaces: texts, serviceAccounts: texts, roles: fc.dictionary(text, says) }
const upkeeps: fc.Arbitrary<Upkeep> = fc
  .record(
    {
      version: fc.constant(1 as const),
      team: text,
      cluster: fc.stringMatching(/^[a-z][a-z0-9-]{0,20}$/),
      kubernetes: text,
      source: fc.record({ profile: text, region: text, roleArn: text }, { requiredKeys: [] }),
      accounts: fc.record({ allow: texts, deny: texts }, { requiredKeys: [] }),
      images: fc.record({
        mode: fc.constantFrom('secret' as const, 'addon' as const),
        why: fc.string(),
        registries: fc.array(fc.record({ account: text, regions: texts }), { maxLength: 2 }),
      }),
      pods: fc.record(rolesParts),
      agent: fc.record(
        {
          ...rolesParts,
          minikube: fc.record({ program: text, home: text, kubeconfig: text, profile: text }),
          nodes: texts,
          accountRoles: fc.dictionary(text, text),
          associations: fc.array(
            fc.record(
              {
                namespace: text,
                serviceAccount: text,
                roleArn: text,
                targetRoleArn: text,
                externalId: text,
                cluster: text,
              },
              { requiredKeys: ['namespace', 'serviceAccount', 'roleArn', 'cluster'] },
            ),
            { maxLength: 2 },
          ),
          restrictions: fc.record({
            mode: fc.constantFrom('refuse' as const, 'warn' as const),
            format: fc.constantFrom('glob' as const, 'regexp' as const),
          }),
          baseRoleArn: text,
          imdsV1: fc.boolean(),
        },
        {
          requiredKeys: [
            'namespaces',
            'serviceAccounts',
            'roles',
            'minikube',
            'nodes',
            'accountRoles',
            'associations',
            'restrictions',
            'imdsV1',
          ],
        },
      ),
    },
    { requiredKeys: ['version', 'team', 'cluster', 'kubernetes', 'source', 'accounts'] },
  )
  .map((upkeep) => ({
    ...upkeep,
    kubectl: { program: 'kubectl', kubeconfig: '/k', context: upkeep.cluster },
  }))

describe('an upkeep file', () => {
  test('says what was written into it', () => {
    fc.assert(
      fc.property(upkeeps, (upkeep) => {
        expect(parseUpkeep(renderUpkeep(upkeep))).toEqual({ upkeep })
      }),
    )
  })

  test('is text that a person can read', () => {
    expect(renderUpkeep(whole)).toMatch(/^\{\n {2}"version": 1,\n {2}"team": "acme",\n/)
    expect(renderUpkeep(whole).endsWith('}\n')).toBe(true)
  })

  test.each([
    ['', 'it is not JSON'],
    ['{"version":1', 'it is not JSON'],
    ['[]', 'it is no JSON object'],
    ['{}', 'its version is missing, not 1'],
    ['{"version":2}', 'its version is 2, not 1'],
    [{ team: '' }, 'team is not a text'],
    [{ cluster: '../../etc/passwd' }, 'cluster is not the name of a cluster'],
    [{ cluster: '-x' }, 'cluster is not the name of a cluster'],
    [{ kubernetes: '' }, 'kubernetes is not a version'],
    [{ kubectl: 'kubectl' }, 'kubectl is not an object'],
    [{ kubectl: { program: 'k', kubeconfig: '/k' } }, 'kubectl.context is not a text'],
    [
      { kubectl: { program: 'k', kubeconfig: '/k', context: 'prod' } },
      'kubectl.context is not the name of the cluster',
    ],
    [{ source: null }, 'source is not an object'],
    [{ source: { profile: 7 } }, 'source.profile is not a text'],
    [{ accounts: { allow: '111122223333' } }, 'accounts.allow is not a list of texts'],
    [{ accounts: { deny: [1] } }, 'accounts.deny is not a list of texts'],
    [{ images: { mode: 'node', why: '', registries: [] } }, 'images is not as devk8s up writes it'],
    [{ images: { mode: 'secret', why: '', registries: [{}] } }, 'images is not as devk8s up writes it'],
    [{ pods: [] }, 'pods is not as devk8s up writes it'],
    [{ pods: { ...whole.pods, roles: { '*': 1 } } }, 'pods is not as devk8s up writes it'],
    [{ pods: { ...whole.pods, roles: { '*': { assume: 'both' } } } }, 'pods is not as devk8s up writes it'],
    ...Object.entries({
      namespaces: 'shop',
      minikube: { program: 'minikube' },
      nodes: [1],
      accountRoles: { 'shop/api': 1 },
      associations: [{ namespace: 'shop' }],
      restrictions: { mode: 'off', format: 'glob' },
      baseRoleArn: 1,
      imdsV1: 'yes',
      roles: { '*': { assume: 'self', policy: 'all' } },
    }).map(([key, value]): [object, string] => [
      { agent: { ...agentUpkeep, [key]: value } },
      'agent is not as devk8s up writes it',
    ]),
    [{ agent: [] }, 'agent is not as devk8s up writes it'],
  ])('%j is told: %s', (change, fault) => {
    const found = typeof change === 'string' ? change : JSON.stringify({ ...whole, ...change })
    expect(parseUpkeep(found)).toEqual({ fault })
  })

  test('whatever is in it, it is an upkeep or told', () => {
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.string()), (found) => {
        expect(Object.keys(parseUpkeep(found))).toHaveLength(1)
      }),
    )
  })
})

describe('the files of a machine', () => {
  test('are for their owner alone, and found by cluster with what is wrong', async () => {
    const files = realFiles()
    const places = awsPlaces(
      { state: join(await mkdtemp(join(tmpdir(), 'devk8s-upkeep-')), 'state') },
      'linux',
    )
    expect(await readUpkeeps(files, places)).toEqual([])
    const file = fileIn(places.upkeeps, 'devk8s')
    await writeUpkeep(files, file, whole)
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    expect((await stat(places.upkeeps)).mode & 0o777).toBe(0o700)
    await writeFile(fileIn(places.upkeeps, 'copy'), renderUpkeep(whole))
    await writeFile(fileIn(places.upkeeps, 'cut'), '{"vers')
    await writeFile(join(places.upkeeps, 'notes.txt'), 'mine')
    expect(await readUpkeeps(files, places)).toEqual([
      { file: fileIn(places.upkeeps, 'copy'), cluster: 'copy', fault: 'it is that of cluster devk8s' },
      { file: fileIn(places.upkeeps, 'cut'), cluster: 'cut', fault: 'it is not JSON' },
      { file, cluster: 'devk8s', upkeep: whole },
    ])
  })

  test.each([
    ['linux', '/home/dev/.local/state/devk8s'],
    ['win32', 'C:\\Users\\dev\\AppData\\Local\\State\\devk8s'],
  ] as const)('on %s an upkeep file tells where the others lie', (platform, state) => {
    const places = awsPlaces({ state }, platform)
    expect(placesAround(fileIn(places.upkeeps, 'devk8s'))).toEqual(places)
  })
})
