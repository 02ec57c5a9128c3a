import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { realFiles } from '../../../src/adapters/files.ts'
import { keepAnswer, type Lookup, recall } from '../../../src/contexts/lookup-cache.ts'

const files = realFiles()
const staging = { name: 'staging', eks: { cluster: 'acme-staging', region: 'eu-west-1' } }
const answer = (server: string) => ({ clusters: [{ server }] })

async function lookup(change: Partial<Lookup> = {}): Promise<Lookup> {
  const cache = join(await mkdtemp(join(tmpdir(), 'devk8s-lookups-')), 'lookups')
  return { spec: staging, team: 'acme', cache, ...change }
}

describe('the last answer of a lookup', () => {
  test('of two teams with one name each has its own', async () => {
    const acme = await lookup()
    const shop = { ...acme, team: 'shop' }
    await keepAnswer(acme, answer('https://acme'), { files, env: {}, at: 1 })
    await keepAnswer(shop, answer('https://shop'), { files, env: {}, at: 2 })
    expect(await recall(acme, { files, env: {} })).toEqual({ at: 1, ...answer('https://acme') })
    expect(await recall(shop, { files, env: {} })).toEqual({ at: 2, ...answer('https://shop') })
  })

  test('was given to one AWS identity, where the spec names none', async () => {
    const asked = await lookup()
    await keepAnswer(asked, answer('https://a'), { files, env: { AWS_PROFILE: 'a' }, at: 1 })
    for (const env of [{ AWS_PROFILE: 'b' }, {}, { AWS_DEFAULT_PROFILE: 'b' }])
      expect(await recall(asked, { files, env })).toBeUndefined()
    expect(await recall(asked, { files, env: { AWS_DEFAULT_PROFILE: 'a' } })).toMatchObject({ at: 1 })
  })

  test('of a spec that names its profile is the same whatever the environment says', async () => {
    const asked = await lookup({ spec: { ...staging, eks: { ...staging.eks, awsProfile: 'own' } } })
    await keepAnswer(asked, answer('https://a'), { files, env: { AWS_PROFILE: 'a' }, at: 1 })
    expect(await recall(asked, { files, env: { AWS_PROFILE: 'b' } })).toMatchObject({ at: 1 })
  })
})
