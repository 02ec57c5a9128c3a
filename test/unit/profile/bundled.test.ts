import { readFile, readdir } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Ajv as AjvClass } from 'ajv'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { realFiles } from '../../../src/adapters/files.ts'
import { realHashing } from '../../../src/adapters/hash.ts'
import { profileJsonSchema } from '../../../src/profile/json-schema.ts'
import { loadProfile } from '../../../src/profile/load.ts'

const Ajv = createRequire(import.meta.url)('ajv') as typeof AjvClass
const bundledFolder = path.resolve('profiles')
const names = (await readdir(bundledFolder)).filter((name) => name.endsWith('.yaml'))

const load = (selector: string) =>
  loadProfile(
    {
      selector,
      overrides: {},
      env: {},
      cwd: tmpdir(),
      configFolder: path.join(tmpdir(), 'no-such-config'),
      bundledFolder,
    },
    realFiles(),
    realHashing(),
  )

describe('the bundled profiles', () => {
  const ajv = new Ajv({ allErrors: true, strict: false })
  const validate = ajv.compile(profileJsonSchema())

  test.each(names)('%s is valid for the editor and for the loader', async (name) => {
    const tree: unknown = parse(await readFile(path.join(bundledFolder, name), 'utf8'))
    validate(tree)
    expect(validate.errors).toBeNull()
    const { profile } = await load(name.replace('.yaml', ''))
    expect(profile.name).toBe(name.replace('.yaml', ''))
    expect(profile).not.toHaveProperty('file')
  })

  test('the published JSON Schema is what the code says', async () => {
    const published: unknown = JSON.parse(await readFile('schemas/profile.schema.json', 'utf8'))
    expect(published).toEqual(JSON.parse(JSON.stringify(profileJsonSchema())))
  })

  test('default needs no AWS and no team', async () => {
    const { profile } = await load('default')
    expect(profile).toMatchObject({
      addons: { ingress: { enabled: true, options: {} } },
      contexts: [],
      namespaces: [],
    })
    expect(profile).not.toHaveProperty('aws')
  })

  test('aws extends default and adds the registry credentials and ingress-dns', async () => {
    const { profile, origins } = await load('aws')
    expect(Object.keys(profile.addons)).toEqual(['ingress', 'registry-creds', 'ingress-dns'])
    expect(origins['addons.ingress']).toMatchObject({
      source: 'bundled',
      where: expect.stringMatching(/^default\.yaml:\d+$/),
    })
    expect(origins['addons.ingress-dns']).toMatchObject({ where: expect.stringMatching(/^aws\.yaml:\d+$/) })
  })

  test('acme has five remote clusters', async () => {
    const { profile } = await load('acme')
    expect(profile.contexts.map((each) => each['name'])).toEqual([
      'dev',
      'staging',
      'prod',
      'legacy',
      'onprem',
    ])
    expect(profile.cluster).toMatchObject({ memoryMiB: 8192, diskMiB: 40_960, runtime: 'containerd' })
    expect(profile.manifests).toEqual([path.join(bundledFolder, 'acme')])
  })
})
