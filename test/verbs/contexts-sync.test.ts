import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { terminalPrompts } from '../../src/adapters/prompts.ts'
import type { Ports } from '../../src/ports/ports.ts'
import { awsUnreachable } from '../../src/problems/aws.ts'
import { contextNotInProfile, contextNotThere } from '../../src/problems/contexts.ts'
import { DevK8sError, problem } from '../../src/problems/problem.ts'
import { newLaptop, type Laptop, type RunOptions } from '../fakes/session.ts'
import { eksCluster, fakeAws, type FakeAws, type KubeconfigTree } from '../fakes/team.ts'

const head = 'apiVersion: devk8s.dev/v1\nkind: Profile\nmetadata: { name: acme }\nextends: default\n'
const dev = '{ name: dev, namespace: shop, eks: { cluster: acme-dev, region: eu-west-1 } }'
const onprem = "{ name: onprem, cluster: { server: 'https://k.test' }, user: { token: ask } }"

interface Team {
  readonly laptop: Laptop
  readonly aws: FakeAws
  readonly kubeconfig: string
  run(command: string, options?: RunOptions): ReturnType<Laptop['run']>
  profile(...contexts: readonly string[]): Promise<void>
  write(text: string): Promise<void>
  text(): Promise<string>
  read(): Promise<KubeconfigTree>
}

async function team(...contexts: readonly string[]): Promise<Team> {
  const laptop = await newLaptop()
  const aws = fakeAws([eksCluster('acme-dev')])
  const kubeconfig = join(laptop.home, '.kube', 'config')
  const path = join(laptop.folder, 'team.yaml')
  const profile = async (...list: readonly string[]) =>
    writeFile(path, `${head}contexts: [${list.join(', ')}]\n`)
  await mkdir(join(laptop.home, '.kube'), { recursive: true })
  await profile(...contexts)
  const through = (ports: Ports): Ports => ({ ...ports, aws })
  return {
    laptop,
    aws,
    kubeconfig,
    profile,
    run: (command, options) => laptop.run(`${command} --profile ${path}`, { through, ...options }),
    write: (text) => writeFile(kubeconfig, text),
    text: () => readFile(kubeconfig, 'utf8'),
    read: async () => parse(await readFile(kubeconfig, 'utf8')) as KubeconfigTree,
  }
}

const mine = `# mine
apiVersion: v1
kind: Config
clusters:
- name: arn:dev
  cluster: { server: https://old, certificate-authority-data: T0xE }
- name: shared
  cluster: { server: https://shared }
users:
- name: me
  user: { token: s3cr3t-of-mine }
contexts:
- name: dev
  context: { cluster: arn:dev, user: me, namespace: mine }
- name: other
  context: { cluster: shared, user: me }
current-context: dev
`

describe('contexts diff and sync', () => {
  test('one undo takes back a whole sync, which uses up one of the versions that are kept', async () => {
    const names = Array.from({ length: 12 }, (_, index) => `dev-${index}`)
    const { laptop, kubeconfig, run, write, text } = await team(
      ...names.map((name) => `{ name: ${name}, eks: { cluster: acme-dev, region: eu-west-1 } }`),
    )
    await write(mine)
    expect((await run('contexts sync')).exit).toBe(0)
    const { answer } = await laptop.run('contexts undo --list')
    expect(answer).toMatchObject({ versions: [{ version: 1, file: kubeconfig }] })
    expect(answer).toHaveProperty('versions.length', 1)
    await laptop.run('contexts undo', { answers: { 'contexts.undo': true } })
    expect(await text()).toBe(mine)
  })

  test('diff shows what sync then does, and a second sync does nothing', async () => {
    const { run, read, text } = await team(dev)
    const diff = await run('contexts diff --exit-code')
    expect([diff.exit, diff.problems]).toEqual([3, []])
    await expect(text()).rejects.toThrow(/ENOENT/)
    const sync = await run('contexts sync')
    expect([sync.exit, sync.problems, sync.calls]).toEqual([0, [], []])
    expect((await read()).contexts.map(({ name }) => name)).toEqual(['dev'])
    expect((await run('contexts diff --exit-code')).exit).toBe(0)
    const before = await text()
    await run('contexts sync')
    expect(await text()).toBe(before)
  })

  test('a profile without contexts is no fault', async () => {
    const { run } = await team()
    const done = await run('contexts sync')
    expect(done.exit).toBe(0)
    expect(done.events).toContainEqual(
      expect.objectContaining({ type: 'note', text: 'Profile acme has no remote contexts.' }),
    )
  })

  test('where another profile is found than the kubeconfig’s team has, it says how to name theirs', async () => {
    const { run, laptop, profile } = await team(dev)
    await run('contexts sync')
    const elsewhere = await laptop.run('contexts diff --profile default')
    const text = elsewhere.events.flatMap((event) => (event.type === 'note' ? [event.text] : [])).join(' ')
    expect(text).toContain('are of acme.')
    expect(text).toContain('--profile NAME|PATH')
    await profile()
    const own = await run('contexts diff')
    expect(JSON.stringify(own.events)).not.toContain('are of acme')
  })

  test('what a person would be asked for is left out, with a word, where nobody can be', async () => {
    const { laptop, read } = await team(dev, onprem)
    const path = join(laptop.folder, 'team.yaml')
    const through = (ports: Ports): Ports => ({
      ...ports,
      aws: fakeAws([eksCluster('acme-dev')]),
      prompts: { ...ports.prompts, canAsk: false },
    })
    const done = await laptop.run(`contexts sync --profile ${path}`, { through })
    expect([done.exit, done.problems]).toEqual([0, []])
    expect(JSON.stringify(done.events)).toContain('Context onprem is left out: its token is asked for')
    expect((await read()).contexts.map(({ name }) => name)).toEqual(['dev'])
  })

  test('dropped contexts go after a yes, and stay without anybody to ask', async () => {
    const { run, read, profile } = await team(dev, "{ name: old, cluster: { server: 'https://old' } }")
    await run('contexts sync')
    await profile(dev)
    expect((await run('contexts diff --exit-code')).exit).toBe(3)
    await run('contexts sync')
    await run('contexts sync', { answers: { 'contexts.prune': false } })
    expect((await read()).contexts.map(({ name }) => name).toSorted()).toEqual(['dev', 'old'])
    expect((await run('contexts sync', { answers: { 'contexts.prune': true } })).exit).toBe(0)
    expect(await read()).toMatchObject({
      contexts: [{ name: 'dev' }],
      clusters: [{ name: 'devk8s-dev' }],
      users: [{ name: 'devk8s-dev' }],
    })
  })

  test('--yes answers other questions: without --prune dropped contexts stay', async () => {
    const { run, read, profile } = await team(dev, "{ name: old, cluster: { server: 'https://old' } }")
    await run('contexts sync')
    await profile(dev)
    const prompts = terminalPrompts({ yes: true, input: true, isTTY: true, emit: () => {} })
    const done = await run('contexts sync --yes', {
      through: (ports) => ({ ...ports, aws: fakeAws([eksCluster('acme-dev')]), prompts }),
    })
    expect(done.exit).toBe(0)
    expect((await read()).contexts.map(({ name }) => name).toSorted()).toEqual(['dev', 'old'])
  })

  test('the lock of a devk8s that was killed goes, but not while another one takes it over', async () => {
    const { run, kubeconfig } = await team(dev)
    await run('contexts sync')
    const left = 'devk8s 2147483640 laptop\n'
    await writeFile(`${kubeconfig}.lock`, left)
    await writeFile(`${kubeconfig}.lock.takeover`, left)
    await run('contexts sync')
    expect(await readFile(`${kubeconfig}.lock`, 'utf8')).toBe(left)
    await rm(`${kubeconfig}.lock.takeover`)
    await run('contexts sync')
    await expect(readFile(`${kubeconfig}.lock`)).rejects.toThrow(/ENOENT/)
  })

  test('--prune does not ask; all may go', async () => {
    const { run, read, profile } = await team(dev)
    await run('contexts sync')
    await profile()
    expect((await run('contexts sync --prune')).exit).toBe(0)
    expect((await read()).contexts ?? []).toEqual([])
  })

  test('a protected context that was dropped goes only when it is agreed to by name, and each is named', async () => {
    const guarded =
      "{ name: prod, protected: true, cluster: { server: 'https://p' }, user: { tokenFile: t } }"
    const old = "{ name: old, cluster: { server: 'https://old' } }"
    const { run, read, profile, kubeconfig } = await team(dev, old, guarded)
    await run('contexts sync')
    await profile(dev)
    const kept = await run('contexts sync --prune')
    expect([kept.exit, kept.problems]).toEqual([0, []])
    expect((await read()).contexts.map(({ name }) => name).toSorted()).toEqual(['dev', 'prod'])
    const trimmed = kept.events.find(
      (event) => event.type === 'step.finished' && event.id === 'remote-contexts',
    )
    expect(trimmed).toMatchObject({
      outcome: 'changed',
      changes: expect.arrayContaining([{ field: `${kubeconfig}: context old`, effect: 'remove' }]),
      detail: { guarded: ['prod'] },
      notes: [{ level: 'warning', text: expect.stringContaining('prod no more, but it is protected') }],
    })
    expect((await run('contexts sync --prune --yes-prod')).exit).toBe(0)
    expect(await read()).toMatchObject({ contexts: [{ name: 'dev' }], users: [{ name: 'devk8s-dev' }] })
  })

  test('somebody else’s context counts as a difference, and the way out is named', async () => {
    const { run, write, text } = await team(dev)
    await write(mine)
    const diff = await run('contexts diff --exit-code')
    expect(diff.exit).toBe(3)
    expect((await run('contexts sync')).exit).toBe(0)
    expect(await text()).toBe(mine)
  })
})

describe('contexts adopt', () => {
  test('shows the difference without secrets, asks, marks, and takes away what nothing names any more', async () => {
    const { run, write, read, laptop } = await team(dev)
    await write(mine)
    const asked: string[] = []
    const done = await run('contexts adopt dev', {
      through: (ports) => ({
        ...ports,
        aws: fakeAws([eksCluster('acme-dev')]),
        prompts: {
          ask: async (question) => {
            asked.push(...(question.details ?? []))
            return true as never
          },
        },
      }),
    })
    expect([done.exit, done.problems]).toEqual([0, []])
    expect(done.answer).toEqual({ adopted: ['dev'], unchanged: [] })
    expect(asked.join('\n')).toContain('~ cluster devk8s-dev server: https://old → https://acme-dev.gr7')
    expect(asked.join('\n')).toContain('- user devk8s-dev token: ***')
    expect(asked).toContain(
      '  ~ cluster devk8s-dev certificate-authority-data: a certificate → a new certificate',
    )
    expect(asked).toContain('  + context dev kept by: devk8s, for profile acme')
    expect(asked.join('\n')).not.toContain('s3cr3t')
    const tree = await read()
    expect(tree.contexts).toMatchObject([
      { name: 'dev', context: { cluster: 'devk8s-dev', user: 'devk8s-dev', namespace: 'mine' } },
      { name: 'other', context: { cluster: 'shared', user: 'me' } },
    ])
    expect(tree.clusters.map(({ name }) => name)).toEqual(['shared', 'devk8s-dev'])
    // `other` still signs in with it.
    expect(tree.users.map(({ name }) => name)).toEqual(['me', 'devk8s-dev'])
    expect(tree['current-context']).toBe('dev')
    expect(await readFile(join(laptop.home, '.kube', 'config'), 'utf8')).toContain('# mine')
    expect((await run('contexts diff --exit-code')).exit).toBe(0)
    expect((await run('contexts adopt dev')).answer).toEqual({ adopted: [], unchanged: ['dev'] })
  })

  test('a no changes nothing', async () => {
    const { run, write, text } = await team(dev)
    await write(mine)
    expect((await run('contexts adopt dev', { answers: { 'contexts.adopt': false } })).exit).toBe(5)
    expect(await text()).toBe(mine)
  })

  test('a token that the profile has asked for is kept', async () => {
    const { run, write, read } = await team(onprem)
    await write(
      mine.replace('name: dev', 'name: onprem').replace('current-context: dev', 'current-context: onprem'),
    )
    await run('contexts adopt onprem', { answers: { 'contexts.adopt': true } })
    expect((await read()).users.find(({ name }) => name === 'devk8s-onprem')?.user['token']).toBe(
      's3cr3t-of-mine',
    )
    expect((await run('contexts diff --exit-code')).exit).toBe(0)
  })

  test('entries that have lost their mark get it back', async () => {
    const { run, read, write, text } = await team(dev)
    await run('contexts sync')
    await write((await text()).replaceAll('devk8s.dev', 'dropped'))
    expect((await run('contexts diff --exit-code')).exit).toBe(3)
    await run('contexts adopt dev', { answers: { 'contexts.adopt': true } })
    expect((await run('contexts diff --exit-code')).exit).toBe(0)
    expect((await read()).clusters.map(({ name }) => name)).toEqual(['devk8s-dev'])
  })

  test('a name that the profile or the kubeconfig does not have is refused', async () => {
    const { run, write } = await team(dev)
    await write(mine.replace('name: dev', 'name: devel'))
    expect((await run('contexts adopt devv')).problems).toMatchObject([
      { code: contextNotInProfile.code, exit: 2, detail: expect.stringContaining('Did you mean dev?') },
    ])
    expect((await run('contexts adopt dev')).problems).toMatchObject([
      { code: contextNotThere.code, exit: 4 },
    ])
  })
})

describe('up, status and destroy', () => {
  test('up writes them beside the local one, a second up is silent, destroy takes them away', async () => {
    const { run, read, laptop, aws } = await team(dev)
    const up = await run('up --no-input')
    expect([up.exit, up.problems]).toEqual([0, []])
    expect((await read()).contexts.map(({ name }) => name).toSorted()).toEqual(['dev', 'local'])
    expect((await read())['current-context']).toBe('local')
    aws.fault = new DevK8sError(problem(awsUnreachable, { detail: 'No network.' }))
    const again = await run('up --no-input')
    expect(new Set(Object.values(again.steps))).toEqual(new Set(['ready']))
    expect((await run('plan --exit-code')).exit).toBe(0)
    expect((await run('status')).exit).toBe(0)
    const gone = await run('destroy', { answers: { destroy: true } })
    expect([gone.exit, gone.steps['remote-contexts']]).toEqual([0, 'changed'])
    expect((await read()).contexts ?? []).toEqual([])
    await expect(readFile(join(laptop.home, '.local/share/devk8s/bin/devk8s'), 'utf8')).rejects.toThrow(
      /ENOENT/,
    )
  })

  test('destroy of one team leaves the launcher to another’s contexts, and says so', async () => {
    const { run, laptop, aws, read } = await team(dev)
    await run('up --no-input')
    const other = join(laptop.folder, 'shop.yaml')
    const shop = '{ name: shop, eks: { cluster: acme-dev, region: eu-west-1 } }'
    await writeFile(other, `${head.replace('name: acme', 'name: shop')}contexts: [${shop}]\n`)
    const through = (ports: Ports): Ports => ({ ...ports, aws })
    expect((await laptop.run(`contexts sync --profile ${other}`, { through })).exit).toBe(0)
    const gone = await run('destroy', { answers: { destroy: true } })
    expect(gone.exit).toBe(0)
    expect(gone.events).toContainEqual(
      expect.objectContaining({
        type: 'note',
        text: 'The launcher, tools, overrides and journals stay for contexts of others: shop.',
      }),
    )
    expect((await read()).contexts.map(({ name }) => name)).toEqual(['shop'])
    const launcher = join(laptop.home, '.local/share/devk8s/bin/devk8s')
    expect(await readFile(launcher, 'utf8')).toContain('exec')
  })

  test('destroy takes the contexts along that the profile has no more', async () => {
    const { run, profile, read } = await team(dev)
    await run('up --no-input')
    await profile()
    const gone = await run('destroy', { answers: { destroy: true } })
    expect([gone.exit, gone.steps['remote-contexts']]).toEqual([0, 'changed'])
    expect((await read()).contexts ?? []).toEqual([])
  })

  test('a saved plan is carried out, and a profile without contexts has no step of theirs', async () => {
    const { run, laptop, profile } = await team(dev)
    const plan = join(laptop.folder, 'plan.json')
    expect((await run(`plan --save-plan ${plan}`)).problems).toEqual([])
    expect((await run(`up --no-input --plan ${plan}`)).problems).toEqual([])
    await profile()
    const local = await run('plan')
    expect(Object.keys(local.steps).filter((id) => /remote|launcher/.test(id))).toEqual([])
  })

  test('up goes on with the rest when a cluster cannot be looked up', async () => {
    const { run, aws, read } = await team(dev)
    aws.clusters = []
    const up = await run('up --no-input')
    expect(up.exit).toBe(4)
    expect(up.problems.map(({ code }) => code)).toEqual(['DK4060'])
    expect(up.steps).toMatchObject({ cluster: 'changed', context: 'changed' })
    expect((await read()).contexts.map(({ name }) => name)).toEqual(['local'])
  })
})
