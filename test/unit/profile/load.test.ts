import path from 'node:path'
import { readFile, symlink, writeFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { realFiles } from '../../../src/adapters/files.ts'
import { findProfile, renderLastProfile } from '../../../src/profile/find.ts'
import { pinnedMinikubeSha256 } from '../../../src/profile/pinned.ts'
import { bundledFolder, folderWith, head, loadIn, loadText, problemsOf } from './load-helper.ts'

const named = (name: string, body = '') =>
  `apiVersion: devk8s.dev/v1\nkind: Profile\nmetadata: { name: ${name} }\n${body}`

describe('which profile is used', () => {
  test('the bundled default, when there is nothing else', async () => {
    const { profile } = await loadIn(await folderWith({}))
    expect(profile.name).toBe('default')
  })

  test('devk8s.yaml of the nearest folder above', async () => {
    const folder = await folderWith({
      'devk8s.yaml': named('outer'),
      'a/devk8s.yml': named('inner'),
      'a/b/c/x': '',
    })
    expect((await loadIn(folder, { cwd: path.join(folder, 'a/b/c') })).profile.name).toBe('inner')
    expect((await loadIn(folder)).profile).toMatchObject({
      name: 'outer',
      file: path.join(folder, 'devk8s.yaml'),
    })
  })

  test('the variable wins over the project, the flag over the variable', async () => {
    const folder = await folderWith({
      'devk8s.yaml': named('project'),
      'one.yaml': named('one'),
      'two/devk8s.yaml': named('two'),
      three: named('three'),
    })
    const env = { DEVK8S_PROFILE: './one.yaml' }
    expect((await loadIn(folder, { env })).profile.name).toBe('one')
    expect((await loadIn(folder, { env, selector: 'two/' })).profile.name).toBe('two')
    expect((await loadIn(folder, { env, selector: '~/one.yaml' })).profile.name).toBe('one')
    expect((await loadIn(folder, { env, selector: 'project' })).profile.name).toBe('project')
    expect((await loadIn(folder, { env, selector: 'aws' })).profile.name).toBe('aws')
    expect((await loadIn(folder, { env, selector: 'three' })).profile.name).toBe('three')
    expect((await loadIn(folder, { env: { DEVK8S_PROFILE: '' } })).profile.name).toBe('project')
  })

  test('the one used last, by path or by bundled name', async () => {
    const folder = await folderWith({ 'team/devk8s.yaml': named('team'), 'config/overrides.yaml': '' })
    const found = await findProfile(
      { selector: './team', env: {}, cwd: folder, configFolder: '/x', bundledFolder },
      realFiles(),
    )
    await writeFile(path.join(folder, 'config/last-profile'), renderLastProfile(found))
    expect((await loadIn(folder)).profile.name).toBe('team')
    await writeFile(
      path.join(folder, 'config/last-profile'),
      renderLastProfile({ path: path.join(bundledFolder, 'aws.yaml'), bundled: true }),
    )
    expect(await readFile(path.join(folder, 'config/last-profile'), 'utf8')).toBe('bundled:aws\n')
    expect((await loadIn(folder)).profile.name).toBe('aws')
  })

  test.each([
    ['a path', { selector: './nowhere.yaml' }, /nowhere\.yaml.*--profile/],
    ['a folder without one', { selector: './config' }, /config, nor at .*devk8s\.yaml/],
    [
      'a name',
      { selector: 'awss' },
      /awss \(--profile\).*bundled are acme, aws, default.*Did you mean aws\?/,
    ],
    ['the variable', { env: { DEVK8S_PROFILE: 'zzzzzz' } }, /zzzzzz \(DEVK8S_PROFILE\)/],
  ])('%s that leads nowhere is refused with what was searched', async (_title, request, says) => {
    const problems = await problemsOf(loadIn(await folderWith({ 'config/x': '' }), request))
    expect(problems).toMatchObject([{ code: 'DK2011', exit: 2, detail: expect.stringMatching(says) }])
    expect(problems[0]?.next).toContain('devk8s profile list')
  })

  test.each(['/gone/devk8s.yaml', 'bundled:gone', 'rubbish'])(
    'a last profile that is gone (%s) is not replaced in silence',
    async (last) => {
      const problems = await problemsOf(loadIn(await folderWith({ 'config/last-profile': `${last}\n` })))
      expect(problems).toMatchObject([{ code: 'DK2011', detail: expect.stringContaining('used last') }])
    },
  )
})

describe('extends', () => {
  test('maps merge, lists replace, null removes; each value knows its file and line', async () => {
    const folder = await folderWith({
      'base/devk8s.yaml': named(
        'base',
        'extends: aws\ncluster: { cpus: 4, memory: 8g }\nnamespaces: [a, b]\nmanifests: [./m.yaml]\n',
      ),
      'base/m.yaml': '',
      'devk8s.yaml': named(
        'team',
        'extends: ./base\naddons:\n  ingress-dns: null\n  dashboard: { options: { images: A=b } }\n  registry-creds: false\ncluster:\n  memory: 6g\nnamespaces: [c]\n',
      ),
    })
    const { profile, origins } = await loadIn(folder)
    expect(profile).toMatchObject({
      name: 'team',
      cluster: { cpus: 4, memoryMiB: 6144 },
      manifests: [path.join(folder, 'base/m.yaml')],
      namespaces: [{ name: 'c', labels: {}, annotations: {} }],
    })
    expect(profile.addons).toEqual({
      ingress: { enabled: true, options: {} },
      'registry-creds': { enabled: false, options: {} },
      dashboard: { enabled: true, options: { images: 'A=b' } },
    })
    expect(origins).toMatchObject({
      'cluster.memory': { source: 'file', where: `${path.join(folder, 'devk8s.yaml')}:10` },
      'cluster.cpus': { source: 'file', where: `${path.join(folder, 'base/devk8s.yaml')}:5` },
      'cluster.disk': { source: 'default', where: 'devk8s' },
      'addons.ingress': { source: 'bundled', where: 'default.yaml:10' },
      'tools.kubectl.version': { source: 'default', where: 'cluster.kubernetes v1.35.1' },
    })
    expect(origins).not.toHaveProperty('addons.ingress-dns')
  })

  test('faults of every file come at once, the file itself first', async () => {
    const folder = await folderWith({
      'base.yaml': named('base', 'cluster: { cpus: 0 }\n'),
      'devk8s.yaml': named('team', 'extends: ./base.yaml\naddons: { ingres: true }\nclustr: {}\n'),
    })
    const problems = await problemsOf(loadIn(folder))
    expect(problems.map(({ code, place }) => [code, path.basename(place?.file ?? ''), place?.line])).toEqual([
      ['DK2004', 'devk8s.yaml', 5],
      ['DK2002', 'devk8s.yaml', 6],
      ['DK2004', 'base.yaml', 4],
    ])
  })

  test('a circle over three files, one of them a symlink, is found', async () => {
    const folder = await folderWith({
      'devk8s.yaml': named('a', 'extends: ./b.yaml\n'),
      'b.yaml': named('b', 'extends: ./c.yaml\n'),
    })
    await symlink(path.join(folder, 'devk8s.yaml'), path.join(folder, 'c.yaml'))
    const problems = await problemsOf(loadIn(folder))
    expect(problems).toMatchObject([
      {
        code: 'DK2013',
        detail: expect.stringContaining('devk8s.yaml → b.yaml → c.yaml'),
        place: { line: 4, column: 10 },
      },
    ])
  })

  test('a version without sums does not inherit those of another version', async () => {
    const sum = 'a'.repeat(64)
    const folder = await folderWith({
      'base.yaml': named(
        'base',
        `tools: { minikube: { version: v1.37.0, sha256: { linux-amd64: ${sum.toUpperCase()} } } }\n`,
      ),
      'devk8s.yaml': named('team', 'extends: ./base.yaml\ntools: { minikube: { version: 1.36.0 } }\n'),
    })
    expect((await loadIn(folder, { selector: './base.yaml' })).profile.tools.minikube).toMatchObject({
      version: 'v1.37.0',
      sha256: { 'linux-amd64': sum },
    })
    expect((await loadIn(folder)).profile.tools.minikube).toMatchObject({ version: 'v1.36.0', sha256: {} })
  })
})

describe('what a profile means', () => {
  test('everything has a default', async () => {
    const { profile } = await loadText(head)
    expect(profile.cluster).toEqual({
      name: 'devk8s',
      kubernetes: 'v1.35.1',
      driver: 'auto',
      runtime: 'docker',
      cpus: 2,
      memoryMiB: 'auto',
      diskMiB: 20_480,
      nodes: 1,
      featureGates: {},
      extraConfig: [],
      mounts: [],
      ports: [],
      registryMirrors: [],
      insecureRegistries: [],
      caCertificates: [],
      serviceCidr: '10.96.0.0/12',
    })
    expect(profile.tools.minikube).toEqual({
      version: 'v1.38.1',
      mirror: 'https://github.com/kubernetes/minikube/releases/download',
      sha256: pinnedMinikubeSha256,
      usePath: false,
    })
    expect(profile.tools.kubectl).toEqual({
      version: 'v1.35.1',
      mirror: 'https://dl.k8s.io/release',
      sha256: {},
      usePath: false,
    })
    expect(profile.context).toEqual({ name: 'local', namespace: 'default', makeCurrent: 'if-none' })
  })

  test('short forms are opened, units worked out, paths made absolute', async () => {
    const folder = await folderWith({
      'src/x': '',
      'ca.pem': 'x',
      'devk8s.yaml': `${head}cluster:
  kubernetes: 1.34.0
  memory: 3000
  disk: 1.5t
  mounts: ['~/src:/src']
  ports: ['80:80', '0.0.0.0:443:8443', '[::1]:81:82', { host: 1, node: 2 }]
  caCertificates: [ca.pem]
  extraConfig: { kubelet: { z: 1, a: true }, apiserver: { runtime-config: a/v1=true } }
tools: { minikube: { mirror: 'file:///srv/minikube/' } }
contexts: [{ name: x, cluster: { server: https://x, certificateAuthority: ./ca.pem }, user: { token: { file: t } } }, { name: y, cluster: { server: https://y }, user: { exec: { command: ./bin/login } } }, { name: z, cluster: { server: https://z }, user: { exec: { command: login } } }]
`,
    })
    const { profile } = await loadIn(folder)
    expect(profile.cluster).toMatchObject({
      kubernetes: 'v1.34.0',
      memoryMiB: 3000,
      diskMiB: 1_572_864,
      caCertificates: [path.join(folder, 'ca.pem')],
      mounts: [{ host: path.join(folder, 'src'), node: '/src' }],
      ports: [
        { address: '127.0.0.1', host: 80, node: 80 },
        { address: '0.0.0.0', host: 443, node: 8443 },
        { address: '[::1]', host: 81, node: 82 },
        { address: '127.0.0.1', host: 1, node: 2 },
      ],
      extraConfig: [
        { component: 'kubelet', key: 'a', value: 'true' },
        { component: 'kubelet', key: 'z', value: '1' },
        { component: 'apiserver', key: 'runtime-config', value: 'a/v1=true' },
      ],
    })
    expect(profile.tools.kubectl.version).toBe('v1.34.0')
    expect(profile.tools.minikube.mirror).toBe('file:///srv/minikube')
    expect(profile.contexts).toMatchObject([
      {
        cluster: { certificateAuthority: path.join(folder, 'ca.pem') },
        user: { token: { file: path.join(folder, 't') } },
      },
      { user: { exec: { command: path.join(folder, 'bin', 'login') } } },
      { user: { exec: { command: 'login' } } },
    ])
  })

  test('anchors and merge keys are followed, and a fault in one is shown where it stands', async () => {
    const good = `${head}namespaces:\n  - &a { name: a, labels: { team: x } }\n  - { <<: *a, name: b }\n`
    expect((await loadText(good)).profile.namespaces.map(({ labels }) => labels)).toEqual([
      { team: 'x' },
      { team: 'x' },
    ])
    const bad = `${head}namespaces:\n  - &a { name: a, labels: { team: a b } }\n  - { <<: *a, name: b }\n`
    expect((await problemsOf(loadText(bad))).map(({ place }) => place)).toMatchObject([
      { line: 5, column: 35 },
    ])
  })

  test('a newer minikube may know newer Kubernetes and other add-ons', async () => {
    const { profile } = await loadText(
      `${head}tools: { minikube: { version: v1.39.0 } }\ncluster: { kubernetes: v1.37.0 }\naddons: { traefik: true, brand-new: true }\n`,
    )
    expect(profile.tools.minikube.sha256).toEqual({})
    expect(Object.keys(profile.addons)).toEqual(['traefik', 'brand-new'])
  })

  test('Windows line ends and a byte order mark are no matter', async () => {
    const text = `\uFEFF${head}cluster:\n  cpus: 0\n`.replaceAll('\n', '\r\n')
    expect(await problemsOf(loadText(text))).toMatchObject([
      { code: 'DK2004', place: { line: 5, column: 9 } },
    ])
  })

  test.each([
    ['too large', `${head}# ${'x'.repeat(1_100_000)}\n`, 'DK2008'],
    [
      'a bomb of aliases',
      `${head}a: &a [x,x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c]\n`,
      'DK2001',
    ],
  ])('a file that is %s is refused', async (_title, text, code) => {
    expect((await problemsOf(loadText(text))).map((each) => each.code)).toEqual([code])
  })
})

describe('personal overrides, variables and flags', () => {
  const team = named('team', 'cluster: { memory: 8g }\naws: { profile: team }\n')

  test('each wins over the one before, and says so', async () => {
    const folder = await folderWith({
      'devk8s.yaml': team,
      'config/overrides.yaml':
        'apiVersion: devk8s.dev/v1\nkind: Overrides\ncluster:\n  driver: docker\n  memory: 4g\n  cpus: 3\n  disk: 30g\naws: { profile: mine }\ncontext: { name: mine, makeCurrent: never }\n',
    })
    const env = {
      DEVK8S_MEMORY: '5g',
      DEVK8S_CPUS: '4',
      DEVK8S_TOOLS_MIRROR: 'https://mirror.test',
      DEVK8S_DISK: '',
    }
    const { profile, origins } = await loadIn(folder, {
      env,
      overrides: { 'cluster.cpus': '6', 'addons.metrics-server': 'true' },
    })
    expect(profile.cluster).toMatchObject({ driver: 'docker', memoryMiB: 5120, cpus: 6, diskMiB: 30_720 })
    expect(profile.addons['metrics-server']).toEqual({ enabled: true, options: {} })
    expect(profile.context).toMatchObject({ name: 'mine', makeCurrent: 'never' })
    expect(profile.aws).toEqual({ profile: 'mine' })
    expect([profile.tools.minikube.mirror, profile.tools.kubectl.mirror]).toEqual([
      'https://mirror.test',
      'https://mirror.test',
    ])
    expect(origins).toMatchObject({
      'cluster.driver': { source: 'personal', where: `${path.join(folder, 'config/overrides.yaml')}:4` },
      'cluster.memory': { source: 'env', where: 'DEVK8S_MEMORY' },
      'cluster.cpus': { source: 'flag', where: '--cpus' },
      'tools.kubectl.mirror': { source: 'env', where: 'DEVK8S_TOOLS_MIRROR' },
    })
  })

  test('an AWS profile of the person does not turn AWS on', async () => {
    const folder = await folderWith({ 'config/overrides.yaml': 'aws: { profile: mine }\n' })
    expect((await loadIn(folder, { env: { DEVK8S_AWS_PROFILE: 'other' } })).profile).not.toHaveProperty('aws')
  })

  test('what is the team’s to decide is refused in the overrides, all at once', async () => {
    const folder = await folderWith({
      'devk8s.yaml': team,
      'config/overrides.yaml':
        'cluster:\n  kubernetes: v1.35.0\n  memroy: 4g\n  driver: dokcer\naddons: { ingress: false }\nmanifests: []\n',
    })
    const problems = await problemsOf(loadIn(folder))
    expect(problems.map(({ code, place }) => [code, place?.line, place?.column])).toEqual([
      ['DK2015', 2, 3],
      ['DK2002', 3, 3],
      ['DK2004', 4, 11],
      ['DK2015', 5, 11],
      ['DK2015', 6, 1],
    ])
    expect(problems[0]?.detail).toMatch(/cluster\.kubernetes belongs to the team/)
  })

  test.each([
    [{ env: { DEVK8S_CPUS: 'two' } }, 'DK2004', /DEVK8S_CPUS: cluster\.cpus is "two"/],
    [{ env: { DEVK8S_KUBERNETES: '1.35' } }, 'DK2004', /DEVK8S_KUBERNETES: .*v1\.35\.1/],
    [{ env: { DEVK8S_KUBERNETES: 'v1.20.0' } }, 'DK2016', /from DEVK8S_KUBERNETES/],
    [{ env: { DEVK8S_DRIVER: 'dokcer' } }, 'DK2004', /Did you mean docker\?/],
    [{ overrides: { 'cluster.memroy': '6g' } }, 'DK2002', /no cluster\.memroy\. Did you mean memory\?/],
    [{ overrides: { 'addons.ingres': 'true' } }, 'DK2004', /Did you mean ingress\? \(from --addon ingres/],
    [
      { overrides: { 'tools.minikube.mirror': 'https://me:hunter2@x.test' } },
      'DK2010',
      /^--tools-mirror holds/,
    ],
  ])('a wrong value %o is refused by the name of what gave it', async (request, code, says) => {
    const problems = await problemsOf(loadIn(await folderWith({ 'devk8s.yaml': team }), request))
    expect(problems).toMatchObject([{ code, exit: 2, detail: expect.stringMatching(says) }])
    expect(JSON.stringify(problems)).not.toContain('hunter2')
    expect(problems[0]).not.toHaveProperty('place')
  })

  test('a flag that the command line filled from its variable is the variable’s', async () => {
    const { origins } = await loadText(team, {
      env: { DEVK8S_CPUS: '4' },
      overrides: { 'cluster.cpus': '4' },
    })
    expect(origins['cluster.cpus']).toEqual({ source: 'env', where: 'DEVK8S_CPUS' })
  })

  test('lists of flags are split at commas', async () => {
    const { profile } = await loadText(team, { overrides: { namespaces: 'a, b' } })
    expect(profile.namespaces.map(({ name }) => name)).toEqual(['a', 'b'])
  })
})
