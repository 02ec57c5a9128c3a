import { chmod, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { awsSsoSignInNeeded } from '../../src/problems/aws.ts'
import { DevK8sError, problem } from '../../src/problems/problem.ts'
import { eksCluster, outcomes, said, teamLab } from '../fakes/team.ts'

const staging = `  - name: staging
    aliases: [stage]
    description: Before production
    namespace: payments
    color: yellow
    eks: { cluster: acme-staging, region: eu-west-1, awsProfile: acme, roleArn: 'arn:aws:iam::123456789012:role/developer' }
`
const signIn = () =>
  new DevK8sError(
    problem(awsSsoSignInNeeded, {
      detail: 'The session of acme is over.',
      next: ['aws sso login --profile acme'],
    }),
  )

describe('a context of an EKS cluster', () => {
  test('is written with its cluster and user, marked, and never made the current one', async () => {
    const lab = await teamLab([eksCluster('acme-staging')])
    const result = await lab.sync(staging)
    expect(result.exit).toBe(0)
    expect(outcomes(result)).toEqual({
      launcher: 'changed',
      'remote-context.staging': 'changed',
      'remote-contexts': 'ready',
    })
    const tree = await lab.read()
    expect(tree['current-context'] ?? '').toBe('')
    expect(tree.clusters).toMatchObject([
      {
        name: 'devk8s-staging',
        cluster: {
          server: 'https://acme-staging.gr7.eu-west-1.eks.amazonaws.com',
          'certificate-authority-data': 'Q0E=',
        },
      },
    ])
    expect(tree.users).toMatchObject([
      {
        name: 'devk8s-staging',
        user: {
          exec: {
            apiVersion: 'client.authentication.k8s.io/v1beta1',
            command: join(lab.folder, '.local/share/devk8s/bin/devk8s'),
            args: [
              'token',
              '--cluster',
              'acme-staging',
              '--region',
              'eu-west-1',
              '--aws-profile',
              'acme',
              '--role-arn',
              'arn:aws:iam::123456789012:role/developer',
            ],
            interactiveMode: 'IfAvailable',
            provideClusterInfo: false,
          },
        },
      },
    ])
    expect(tree.contexts).toMatchObject([
      {
        name: 'staging',
        context: {
          cluster: 'devk8s-staging',
          user: 'devk8s-staging',
          namespace: 'payments',
          extensions: [
            {
              name: 'devk8s.dev',
              extension: {
                provider: 'devk8s.dev',
                team: 'team',
                source: 'eks',
                aliases: ['stage'],
                description: 'Before production',
                account: '123456789012',
                region: 'eu-west-1',
                namespace: 'payments',
                color: 'yellow',
                profileColor: 'yellow',
              },
            },
          ],
        },
      },
    ])
    expect(await readFile(join(lab.folder, '.local/state/devk8s/contexts/colors'), 'utf8')).toBe(
      'staging\tyellow\n',
    )
    // The identity of the person describes the cluster; the role is for its tokens.
    expect(new Set(lab.aws.asked)).toEqual(new Set(['describe acme-staging acme eu-west-1']))
  })

  test('a second run is silent, asks nobody, and writes nothing', async () => {
    const lab = await teamLab([eksCluster('acme-staging')])
    await lab.sync(staging)
    const before = [await lab.modified(), await lab.text()]
    lab.aws.fault = new Error('must not be asked')
    const again = await lab.sync(staging)
    expect(Object.values(outcomes(again))).toEqual(['ready', 'ready', 'ready'])
    expect(again.changesNeeded).toBe(false)
    expect([await lab.modified(), await lab.text()]).toEqual(before)
  })

  test('what kubectl adds when it rewrites the file is no difference', async () => {
    const lab = await teamLab([eksCluster('acme-staging')])
    await lab.sync(staging)
    const text = await lab.text()
    await lab.write(text.replace('      command:', '      env: null\n      command:'))
    expect((await lab.sync(staging)).changesNeeded).toBe(false)
    expect(await lab.text()).toContain('env: null')
  })

  test('after ten minutes it asks again, and follows a new address', async () => {
    const lab = await teamLab([eksCluster('acme-staging')])
    await lab.sync(staging)
    lab.aws.clusters = [eksCluster('acme-staging', { endpoint: 'https://new.eks.amazonaws.com' })]
    await lab.clock.advance(11 * 60_000)
    const look = await lab.sync(staging, { look: true })
    expect(look.steps.find(({ id }) => id === 'remote-context.staging')?.changes).toEqual([
      {
        field: `${lab.kubeconfig}: cluster devk8s-staging server`,
        from: 'https://acme-staging.gr7.eu-west-1.eks.amazonaws.com',
        to: 'https://new.eks.amazonaws.com',
        effect: 'in-place',
      },
    ])
    await lab.sync(staging)
    expect((await lab.read()).clusters[0]?.cluster['server']).toBe('https://new.eks.amazonaws.com')
  })

  test('sync asks each time', async () => {
    const lab = await teamLab([eksCluster('acme-staging')])
    await lab.sync(staging, { fresh: true })
    await lab.clock.advance(60_000)
    lab.aws.asked.length = 0
    await lab.sync(staging, { fresh: true })
    expect(lab.aws.asked).toEqual(['describe acme-staging acme eu-west-1'])
  })
})

describe('without the network or a sign-in', () => {
  test('an entry that is there stays, with a note that says how old and why', async () => {
    const lab = await teamLab([eksCluster('acme-staging')])
    await lab.sync(staging)
    const before = await lab.text()
    await lab.clock.advance(3 * 3_600_000)
    lab.aws.fault = signIn()
    const result = await lab.sync(staging)
    expect({ exit: result.exit, changes: result.changesNeeded }).toEqual({ exit: 0, changes: false })
    expect(said(result)).toMatch(/3 h old.*not signed in.*aws sso login --profile acme/s)
    expect(await lab.text()).toBe(before)
  })

  test('it stays as well when nothing is remembered', async () => {
    const lab = await teamLab([eksCluster('acme-staging')])
    await lab.sync(staging)
    await lab.ports.files.remove(join(lab.folder, '.local/state/devk8s/contexts/lookups'))
    lab.aws.fault = signIn()
    const result = await lab.sync(staging)
    expect(result.exit).toBe(0)
    expect(said(result)).toContain('staging: left as it is.')
  })

  test('what the profile has changed meanwhile is done with the remembered address', async () => {
    const lab = await teamLab([eksCluster('acme-staging')])
    await lab.sync(staging)
    await lab.clock.advance(3_600_000)
    lab.aws.fault = signIn()
    await lab.sync(staging.replace('namespace: payments', 'namespace: shop'))
    expect((await lab.read()).contexts[0]?.context['namespace']).toBe('shop')
  })

  test('without either it is blocked with AWS’s problem and way out, and the others go on', async () => {
    const lab = await teamLab()
    lab.aws.fault = signIn()
    const result = await lab.sync(`${staging}  - { name: onprem, cluster: { server: 'https://k.test' } }\n`)
    expect(result.exit).toBe(4)
    expect(outcomes(result)).toMatchObject({
      'remote-context.staging': 'blocked',
      'remote-context.onprem': 'changed',
    })
    expect(result.steps.find(({ outcome }) => outcome === 'blocked')?.problem).toMatchObject({
      code: 'DK5004',
      next: ['aws sso login --profile acme'],
    })
  })

  test.for([
    ['is gone', [], 'DK4060', 'no EKS cluster "acme-staging" in eu-west-1 for AWS profile "acme"'],
    [
      'is being made',
      [eksCluster('acme-staging', { status: 'CREATING', endpoint: '' })],
      'DK4061',
      'is CREATING',
    ],
  ] as const)(
    'a cluster that %s blocks a new context, and leaves one that is there',
    async ([, clusters, code, words]) => {
      const fresh = await teamLab(clusters)
      const blocked = await fresh.sync(staging)
      expect(blocked.steps.find(({ outcome }) => outcome === 'blocked')?.problem?.code).toBe(code)
      const lab = await teamLab([eksCluster('acme-staging')])
      await lab.sync(staging)
      const before = await lab.text()
      lab.aws.clusters = clusters
      const result = await lab.sync(staging, { fresh: true })
      await lab.clock.advance(60_000)
      const later = await lab.sync(staging, { fresh: true })
      expect([result.exit, later.exit]).toEqual([0, 0])
      expect(said(later)).toContain(words)
      expect(await lab.text()).toBe(before)
    },
  )

  test('a cached answer to another question is none', async () => {
    const lab = await teamLab([eksCluster('acme-staging')])
    await lab.sync(staging)
    lab.aws.asked.length = 0
    lab.aws.clusters = [eksCluster('acme-two')]
    await lab.sync(staging.replace('acme-staging', 'acme-two'))
    expect(lab.aws.asked[0]).toContain('describe acme-two')
    expect((await lab.read()).clusters[0]?.cluster['server']).toContain('acme-two')
  })

  test('a damaged cache is as none', async () => {
    const lab = await teamLab([eksCluster('acme-staging')])
    await lab.sync(staging)
    await writeFile(
      join(lab.folder, '.local/state/devk8s/contexts/lookups/team%2Fstaging.json'),
      '{"schema": 1',
    )
    lab.aws.asked.length = 0
    expect((await lab.sync(staging)).exit).toBe(0)
    expect(lab.aws.asked).toHaveLength(1)
  })
})

describe('what a person changed stays', () => {
  const after = async (change: (text: string) => string, profile = staging) => {
    const lab = await teamLab([eksCluster('acme-staging')])
    await lab.sync(staging)
    await lab.write(change(await lab.text()))
    const result = await lab.sync(profile)
    return { lab, result, context: (await lab.read()).contexts[0] }
  }

  test('the namespace', async () => {
    const { context, result } = await after((text) =>
      text.replace(/^ {4}namespace: payments/m, '    namespace: mine'),
    )
    expect(result.changesNeeded).toBe(false)
    expect(context?.context['namespace']).toBe('mine')
  })

  test('the namespace, when the profile names another one later', async () => {
    const { context } = await after(
      (text) => text.replace(/^ {4}namespace: payments/m, '    namespace: mine'),
      staging.replace('payments', 'shop'),
    )
    expect(context?.context['namespace']).toBe('mine')
  })

  test('the colour, and with it what the prompt shows', async () => {
    const { lab, context } = await after(
      (text) => text.replace(/^( +)color: yellow/m, '$1color: blue'),
      staging.replace('yellow', 'green'),
    )
    expect(context?.context['extensions']).toMatchObject([
      { extension: { color: 'blue', profileColor: 'green' } },
    ])
    expect(await readFile(join(lab.folder, '.local/state/devk8s/contexts/colors'), 'utf8')).toBe(
      'staging\tblue\n',
    )
  })

  test('the name', async () => {
    const { lab, result } = await after(
      (text) => text.replace('  name: staging', '  name: stg'),
      staging.replace('payments', 'shop'),
    )
    expect(said(result)).toContain('Context staging of the profile is called stg here.')
    const { contexts } = await lab.read()
    expect(contexts.map(({ name }) => name)).toEqual(['stg'])
    expect(contexts[0]?.context['namespace']).toBe('shop')
  })

  test('fields of their own', async () => {
    const { lab } = await after(
      (text) => text.replace(/^ {4}server: /m, '    disable-compression: true\n    server: '),
      staging.replace('payments', 'shop'),
    )
    expect((await lab.read()).clusters[0]?.cluster['disable-compression']).toBe(true)
  })

  test('but where the cluster is, is the profile’s to say', async () => {
    const { lab } = await after((text) => text.replace(/^ {4}server: .*/m, '    server: https://elsewhere'))
    expect((await lab.read()).clusters[0]?.cluster['server']).toContain('acme-staging')
  })
})

describe('entries of others', () => {
  const theirs = `apiVersion: v1
kind: Config
clusters: [{ name: c, cluster: { server: https://theirs } }]
users: [{ name: u, user: { token: t0ps3cret } }]
contexts: [{ name: staging, context: { cluster: c, user: u } }]
current-context: staging
`
  test('a context of that name is left alone and reported, and nothing fails', async () => {
    const lab = await teamLab()
    lab.aws.fault = new Error('must not be asked')
    await lab.write(theirs)
    const result = await lab.sync(staging)
    expect(result.exit).toBe(0)
    expect(await lab.text()).toBe(theirs)
    expect(said(result)).toMatch(
      /Context "staging" in .* was not written by devk8s.*devk8s contexts adopt staging/,
    )
    expect(result.steps.find(({ id }) => id === 'remote-context.staging')?.detail).toMatchObject({
      state: 'foreign',
      foreign: ['staging'],
    })
  })

  test('one of another name that leads to the same cluster is told of once', async () => {
    const lab = await teamLab([eksCluster('acme-staging')])
    await lab.write(
      theirs
        .replace('https://theirs', 'https://acme-staging.gr7.eu-west-1.eks.amazonaws.com')
        .replaceAll('staging, context', 'by-hand, context')
        .replace('current-context: staging', 'current-context: by-hand'),
    )
    expect(said(await lab.sync(staging))).toContain(
      'Context by-hand of yours leads to the same cluster as staging',
    )
    expect(said(await lab.sync(staging)).trim()).toBe('')
  })

  test('so is one that has lost its mark, and one of another team', async () => {
    const lab = await teamLab([eksCluster('acme-staging')])
    await lab.sync(staging)
    const marked = await lab.text()
    const unmarked = marked.replaceAll('devk8s.dev', 'dropped')
    await lab.write(unmarked)
    expect(said(await lab.sync(staging))).toContain('was not written by devk8s')
    expect(await lab.text()).toBe(unmarked)
    const others = marked.replaceAll('team: team', 'team: shop')
    await lab.write(others)
    expect(said(await lab.sync(staging))).toContain('is that of team shop')
    expect(await lab.text()).toBe(others)
  })

  test('every other byte of the file stays', async () => {
    const lab = await teamLab([eksCluster('acme-staging')])
    const own = theirs
      .replace(/^contexts.*/m, 'contexts:\n- name: mine  # mine\n  context: { cluster: c, user: u }')
      .replace('current-context: staging', 'current-context: mine')
    await lab.write(own)
    await lab.sync(staging)
    const text = await lab.text()
    expect(text).toContain('name: mine  # mine')
    expect((await lab.read())['current-context']).toBe('mine')
    await lab.sync('  - { name: x, cluster: { server: https://x } }\n', { prune: true })
    await lab.sync('  - { name: y, cluster: { server: https://y } }\n', { prune: true })
    expect((await lab.read()).contexts.map(({ name }) => name)).toEqual(['mine', 'y'])
  })

  test('a file that cannot be read is never written', async () => {
    const lab = await teamLab([eksCluster('acme-staging')])
    await lab.write('clusters: [\n')
    const result = await lab.sync(staging)
    expect(result.steps.find(({ id }) => id === 'remote-context.staging')?.problem?.code).toBe('DK4030')
    expect(await lab.text()).toBe('clusters: [\n')
  })
})

describe('discovered clusters', () => {
  const all = `  - name: acme
    namespace: shop
    eks: { discover: true, region: eu-west-1, tags: { team: acme } }
`
  const acme = { tags: { team: 'acme' } }
  test('each that has the tags gets a context of its own', async () => {
    const lab = await teamLab([eksCluster('one', acme), eksCluster('two', acme), eksCluster('other')])
    const result = await lab.sync(all)
    expect(result.exit).toBe(0)
    expect((await lab.read()).contexts.map(({ name }) => name)).toEqual(['acme-one', 'acme-two'])
    expect((await lab.read()).users.map(({ user }) => user['exec'])).toMatchObject([
      { args: ['token', '--cluster', 'one', '--region', 'eu-west-1'] },
      { args: ['token', '--cluster', 'two', '--region', 'eu-west-1'] },
    ])
  })

  test('one that is not there any more is told of, and goes when asked for', async () => {
    const lab = await teamLab([eksCluster('one', acme), eksCluster('two', acme)])
    await lab.sync(all)
    lab.aws.clusters = [eksCluster('two', acme)]
    await lab.clock.advance(3_600_000)
    const told = await lab.sync(all)
    expect(said(told)).toContain('The profile has acme-one no more; devk8s contexts sync --prune removes it.')
    expect((await lab.read()).contexts).toHaveLength(2)
    await lab.sync(all, { prune: true })
    expect((await lab.read()).contexts.map(({ name }) => name)).toEqual(['acme-two'])
  })

  test('sync sees at once that one has gone', async () => {
    const lab = await teamLab([eksCluster('one', acme), eksCluster('two', acme)])
    await lab.sync(all)
    lab.aws.clusters = [eksCluster('two', acme)]
    await lab.clock.advance(60_000)
    await lab.sync(all, { fresh: true, prune: true })
    expect((await lab.read()).contexts.map(({ name }) => name)).toEqual(['acme-two'])
  })

  test('while nobody can be asked none of them goes', async () => {
    const lab = await teamLab([eksCluster('one', acme)])
    await lab.sync(all)
    await lab.ports.files.remove(join(lab.folder, '.local/state/devk8s/contexts/lookups'))
    lab.aws.fault = signIn()
    await lab.sync(all, { prune: true })
    expect((await lab.read()).contexts.map(({ name }) => name)).toEqual(['acme-one'])
  })

  test('a name that another entry of the profile has is left to it', async () => {
    const lab = await teamLab([eksCluster('one', acme)])
    const both = `${all}  - { name: acme-one, cluster: { server: https://explicit } }\n`
    await lab.sync(both)
    expect((await lab.read()).clusters[0]?.cluster['server']).toBe('https://explicit')
    expect((await lab.sync(both)).changesNeeded).toBe(false)
  })

  test('one that is being made is passed over and told', async () => {
    const lab = await teamLab([eksCluster('one', { ...acme, status: 'CREATING', endpoint: '' })])
    expect(said(await lab.sync(all))).toContain('"one" in eu-west-1 is CREATING and is passed over')
  })

  test('one that is being made anew keeps its context', async () => {
    const lab = await teamLab([eksCluster('one', acme)])
    await lab.sync(all)
    const before = await lab.text()
    lab.aws.clusters = [eksCluster('one', { ...acme, status: 'CREATING', endpoint: '' })]
    const result = await lab.sync(all, { fresh: true, prune: true })
    await lab.clock.advance(60_000)
    expect(result.exit).toBe(0)
    expect((await lab.sync(all, { fresh: true, prune: true })).changesNeeded).toBe(false)
    expect(await lab.text()).toBe(before)
  })
})

describe('secrets', () => {
  const withUser = (user: string, more = '') =>
    `  - name: onprem\n    ${more}cluster: { server: 'https://k.test' }\n    user: ${user}\n`

  test('a token that is asked for is asked for once, and shown nowhere', async () => {
    const lab = await teamLab()
    lab.answers['contexts.token'] = 'hunter2hunter2'
    const result = await lab.sync(withUser('{ token: ask }'))
    expect(outcomes(result)['remote-context.onprem']).toBe('changed')
    expect((await lab.read()).users[0]?.user['token']).toBe('hunter2hunter2')
    expect(JSON.stringify(lab.events)).not.toContain('hunter2')
    delete lab.answers['contexts.token']
    expect((await lab.sync(withUser('{ token: ask }'))).changesNeeded).toBe(false)
    await lab.sync(withUser('{ token: ask, impersonate: { user: admin } }'))
    expect((await lab.read()).users[0]?.user).toMatchObject({ token: 'hunter2hunter2', as: 'admin' })
    expect(lab.questions).toHaveLength(1)
    expect(lab.questions[0]).toMatchObject({ kind: 'secret', text: 'Token for context onprem:' })
  })

  test('a file that others may read gets a secret with a warning that names the command, and keeps its mode', async () => {
    const lab = await teamLab([], { env: { ONPREM: 'hunter2hunter2' } })
    const basic = withUser('{ username: me, password: { env: ONPREM } }')
    await lab.write('apiVersion: v1\nkind: Config\n')
    expect(said(await lab.sync(basic))).not.toContain('chmod')
    await chmod(lab.kubeconfig, 0o644)
    const result = await lab.sync(basic)
    expect(said(result)).toContain(
      `The password of context onprem is kept in ${lab.kubeconfig}, which others on this machine may read (0644).`,
    )
    expect(said(result)).toContain(`chmod 600 ${lab.kubeconfig}`)
    expect((await stat(lab.kubeconfig)).mode & 0o777).toBe(0o644)
    expect(said(await lab.sync(withUser('{ tokenFile: /t }')))).not.toContain('chmod')
  })

  test('a password is read where the profile says, with a warning', async () => {
    const lab = await teamLab([], { env: { ONPREM: 'hunter2hunter2' } })
    const result = await lab.sync(withUser('{ username: me, password: { env: ONPREM } }'))
    expect((await lab.read()).users[0]?.user).toMatchObject({ username: 'me', password: 'hunter2hunter2' })
    expect(said(result)).toContain('servers have not taken one since Kubernetes 1.19')
    expect(JSON.stringify(lab.events)).not.toContain('hunter2')
  })

  test('a new password in the file is followed; while it is away the old one stays', async () => {
    const lab = await teamLab()
    const path = join(lab.folder, 'password')
    const user = `{ username: me, password: { file: '${path}' } }`
    await writeFile(path, 'hunter2hunter2\n')
    await lab.sync(withUser(user))
    await writeFile(path, 'another-one\n')
    const look = await lab.sync(withUser(user), { look: true })
    expect(look.steps.flatMap(({ changes }) => changes)).toEqual([
      { field: `${lab.kubeconfig}: user devk8s-onprem password`, to: '***', effect: 'in-place' },
    ])
    await lab.sync(withUser(user))
    expect((await lab.read()).users[0]?.user['password']).toBe('another-one')
    await lab.ports.files.remove(path)
    const kept = await lab.sync(withUser(user))
    expect(said(kept)).toContain('keeps the password it has')
    expect((await lab.read()).users[0]?.user['password']).toBe('another-one')
  })

  test('a secret that is not there blocks the context', async () => {
    const lab = await teamLab()
    const result = await lab.sync(withUser('{ username: me, password: { env: ONPREM } }'))
    expect(result.exit).toBe(4)
    expect(result.steps.find(({ outcome }) => outcome === 'blocked')?.problem).toMatchObject({
      code: 'DK4064',
      detail: expect.stringContaining('the variable ONPREM'),
    })
  })

  test('a token file that is not there yet is told', async () => {
    const lab = await teamLab()
    expect(said(await lab.sync(withUser('{ tokenFile: /nowhere/token }')))).toContain(
      'Context onprem needs /nowhere/token, which is not there yet.',
    )
  })
})

test('entries go to the file that has the context; new ones to the first that is there', async () => {
  const lab = await teamLab([eksCluster('acme-staging')], { kubeconfigs: ['one', 'two'] })
  const two = join(lab.folder, '.kube', 'two')
  await lab.ports.files.makeFolder(join(lab.folder, '.kube'))
  await writeFile(two, 'apiVersion: v1\nkind: Config\n')
  await lab.sync(staging)
  expect(await readFile(two, 'utf8')).toContain('name: staging')
  await lab.write('apiVersion: v1\nkind: Config\n')
  await lab.sync(staging.replace('payments', 'shop'))
  expect(await readFile(two, 'utf8')).toContain('namespace: shop')
  expect(await lab.text()).toBe('apiVersion: v1\nkind: Config\n')
})
