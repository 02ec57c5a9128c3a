import path from 'node:path'
import { readFile, writeFile } from 'node:fs/promises'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { realFiles } from '../../../src/adapters/files.ts'
import { explainRows } from '../../../src/profile/explain.ts'
import { applyNewProfile, profileNameFrom, renderNewProfile } from '../../../src/profile/init.ts'
import { listProfiles } from '../../../src/profile/list.ts'
import { renderOverrides } from '../../../src/profile/overrides.ts'
import { bundledFolder, folderWith, head, loadIn, loadText, problemsOf } from './load-helper.ts'

const where = (folder: string, env = {}) => ({
  env,
  cwd: folder,
  home: folder,
  configFolder: path.join(folder, 'config'),
  bundledFolder,
})

describe('the list of profiles', () => {
  test('bundled ones, with what they are for; the default is current', async () => {
    const list = await listProfiles(where(await folderWith({})), realFiles())
    expect(list.map(({ name, from, current }) => [name, from, current])).toEqual([
      ['acme', 'bundled', false],
      ['aws', 'bundled', false],
      ['default', 'bundled', true],
    ])
    expect(list.every(({ description }) => description !== undefined)).toBe(true)
  })

  test('the project first, also when it cannot be loaded; the last used by its path', async () => {
    const folder = await folderWith({
      'p/devk8s.yaml': '{ metadata: [',
      'q.yaml': head,
      'config/last-profile': '',
    })
    await writeFile(path.join(folder, 'config/last-profile'), path.join(folder, 'q.yaml'))
    const inProject = await listProfiles({ ...where(folder), cwd: path.join(folder, 'p') }, realFiles())
    expect(inProject[0]).toEqual({
      name: path.join(folder, 'p/devk8s.yaml'),
      path: path.join(folder, 'p/devk8s.yaml'),
      from: 'project',
      current: true,
    })
    const outside = await listProfiles(where(folder), realFiles())
    expect(outside[0]).toMatchObject({ name: path.join(folder, 'q.yaml'), from: 'last-used', current: true })
  })

  test('a selection that leads nowhere makes none current', async () => {
    const list = await listProfiles(where(await folderWith({}), { DEVK8S_PROFILE: 'nowhere' }), realFiles())
    expect(list.filter(({ current }) => current)).toEqual([])
  })
})

describe('a new profile', () => {
  test('what is written is valid, and so is every line in it that is a comment', async () => {
    const text = renderNewProfile({ name: 'team', extends: 'aws' })
    expect((await loadText(text)).profile.name).toBe('team')
    const open = text
      .split('\n')
      .slice(text.split('\n').indexOf('extends: aws') + 3)
      .map((line) => line.replace(/^# ?/, ''))
      .join('\n')
    const folder = await folderWith({ 'devk8s.yaml': `${head}${open}`, 'k8s/local/x.yaml': '' })
    expect((await loadIn(folder)).profile).toMatchObject({
      cluster: { cpus: 4, memoryMiB: 6144 },
      manifests: [path.join(folder, 'k8s/local')],
      namespaces: [{ name: 'payments' }, { name: 'shop', labels: { team: 'shop' } }],
    })
  })

  test('any text makes a valid name, and the written file has it', async () => {
    expect([profileNameFrom('My Team!'), profileNameFrom('---'), profileNameFrom('Ünder_score')]).toEqual([
      'my-team',
      'team',
      'nder-score',
    ])
    await fc.assert(
      fc.asyncProperty(fc.string(), async (text) => {
        const name = profileNameFrom(text)
        expect((await loadText(renderNewProfile({ name, extends: 'default' }))).profile.name).toBe(name)
      }),
      { numRuns: 25 },
    )
  })

  test('an existing file is kept unless forced', async () => {
    const folder = await folderWith({ 'devk8s.yaml': 'mine\n' })
    const file = path.join(folder, 'devk8s.yaml')
    const wanted = { name: 'team', extends: 'default' }
    expect(await problemsOf(applyNewProfile(file, wanted, realFiles(), { force: false }))).toMatchObject([
      {
        code: 'DK2017',
        exit: 2,
        next: [`devk8s profile validate ${file}`, `devk8s profile init ${file} --force`],
      },
    ])
    expect(await readFile(file, 'utf8')).toBe('mine\n')
    await applyNewProfile(file, wanted, realFiles(), { force: true })
    await applyNewProfile(path.join(folder, 'other.yaml'), wanted, realFiles(), { force: false })
    expect(await readFile(file, 'utf8')).toBe(await readFile(path.join(folder, 'other.yaml'), 'utf8'))
  })
})

describe('explain', () => {
  test('each value once, in the order of the file, with its origin', async () => {
    const loaded = await loadText(
      `${head}extends: default\ncluster:\n  memory: 6g\n  extraConfig: { kubelet: { max-pods: 50, a.b: 1 } }\n  ports: ['80:80']\naddons: { dashboard: { options: { images: A=b } } }\nnamespaces: [a, b]\naws: { accounts: { allow: ['123456789012'] } }\n`,
      { env: { DEVK8S_CPUS: '4' } },
    )
    const rows = explainRows(loaded)
    const row = (name: string) => rows.find((each) => each.path === name)
    expect(new Set(rows.map((each) => each.path)).size).toBe(rows.length)
    expect(row('cluster.memory')).toMatchObject({
      value: '6g',
      source: 'file',
      where: expect.stringMatching(/devk8s\.yaml:6$/),
    })
    expect(row('cluster.cpus')).toEqual({
      path: 'cluster.cpus',
      value: '4',
      source: 'env',
      where: 'DEVK8S_CPUS',
    })
    expect(row('cluster.disk')).toMatchObject({ value: '20g', source: 'default' })
    expect(row('cluster.ports')).toMatchObject({ value: '127.0.0.1:80:80' })
    expect(row('cluster.extraConfig.kubelet.max-pods')).toMatchObject({ value: '50' })
    expect(row('cluster.extraConfig.kubelet."a.b"')).toMatchObject({ value: '1' })
    expect(row('addons.ingress')).toMatchObject({ value: 'true', source: 'bundled' })
    expect(row('addons.dashboard.options.images')).toMatchObject({ value: 'A=b' })
    expect(row('namespaces')).toMatchObject({ value: 'a, b' })
    expect(row('aws.accounts.allow')).toMatchObject({ value: '123456789012' })
    expect(row('manifests')).toMatchObject({ value: '-' })
    expect(
      rows.map(({ path: name }) => name.split('.')[0]).filter((name, index, all) => name !== all[index - 1]),
    ).toEqual(['cluster', 'tools', 'addons', 'namespaces', 'manifests', 'context', 'contexts', 'aws'])
  })

  test('no value of any bundled profile is without words', async () => {
    for (const selector of ['default', 'aws', 'acme']) {
      const loaded = await loadIn(await folderWith({}), { selector })
      const rows = explainRows(loaded)
      const empty = rows
        .filter(({ value }) => value === '-' || value.includes('[object'))
        .map((each) => each.path)
      const lists =
        /^(?:cluster\.(?:mounts|ports|registryMirrors|insecureRegistries|caCertificates)|namespaces|manifests|contexts)$/
      expect(empty.filter((name) => !lists.test(name))).toEqual([])
    }
  })
})

describe('overrides', () => {
  test('what is rendered is what a load finds', async () => {
    const text = renderOverrides({
      'cluster.driver': 'docker',
      'cluster.memory': '6g',
      'context.makeCurrent': 'never',
    })
    const { profile } = await loadIn(await folderWith({ 'config/overrides.yaml': text }))
    expect(profile).toMatchObject({
      cluster: { driver: 'docker', memoryMiB: 6144 },
      context: { makeCurrent: 'never' },
    })
    expect(text).toContain('kind: Overrides')
    expect(
      (await loadIn(await folderWith({ 'config/overrides.yaml': renderOverrides({}) }))).profile.name,
    ).toBe('default')
  })
})
