import { mkdir, readFile, readdir, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { nothingWithheld } from '../../src/problems/credentials.ts'
import { contextUnknown } from '../../src/problems/switching.ts'
import { declined } from '../../src/problems/state.ts'
import type { Ports } from '../../src/ports/ports.ts'
import { clockTime } from '../../src/contexts/aftermath.ts'
import { credentialOn, newTokenLab, signerOf, type TokenLab } from './token-lab.ts'

const minuteMs = 60_000
const token = 'token --cluster acme-prod --region eu-west-1 --role-arn arn:aws:iam::111122223333:role/full'

interface Entry {
  readonly name: string
  readonly marker?: Readonly<Record<string, unknown>>
  readonly user?: Readonly<Record<string, unknown>>
}

const guardedUser = (key: string, more: readonly string[] = []) => ({
  exec: {
    apiVersion: 'client.authentication.k8s.io/v1beta1',
    command: '/x/devk8s',
    args: ['token', '--protect', key, ...more],
  },
})
const marker = (source: string, more = {}) => ({
  provider: 'devk8s.dev',
  team: 'acme',
  source,
  protected: true,
  ...more,
})

const usual: readonly Entry[] = [
  { name: 'prod', marker: marker('eks', { aliases: ['live'] }), user: guardedUser('prod') },
  { name: 'old', marker: marker('kops'), user: guardedUser('old', ['--', 'x', '--protect', 'not-this']) },
  { name: 'onprem', marker: marker('static'), user: guardedUser('onprem') },
  // The context was called vault when devk8s wrote its user.
  { name: 'safe', marker: marker('eks'), user: guardedUser('vault') },
  { name: 'basic', marker: marker('static'), user: { username: 'u', password: 'p' } },
  {
    name: 'dev',
    marker: marker('eks', { protected: false }),
    user: { exec: { command: 'x', args: ['token'] } },
  },
  { name: 'mine' },
]

async function labWith(entries: readonly Entry[] = usual): Promise<TokenLab> {
  const lab = await newTokenLab()
  const path = join(lab.home, '.kube', 'config')
  await mkdir(dirname(path), { recursive: true })
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    contexts: entries.map(({ name, marker }) => ({
      name,
      context: {
        cluster: name,
        user: `devk8s-${name}`,
        ...(marker === undefined ? {} : { extensions: [{ name: 'devk8s.dev', extension: marker }] }),
      },
    })),
    users: entries.map(({ name, user = {} }) => ({ name: `devk8s-${name}`, user })),
  }
  await writeFile(path, JSON.stringify(config))
  return lab
}

const yes = { 'context.protected': true }
const logOf = async (lab: TokenLab) => readFile(lab.places.unlockLog, 'utf8').catch(() => '')
const records = async (lab: TokenLab) => readdir(lab.places.unlocks).catch(() => [])

describe('unlock', () => {
  test('asks for the name, writes the record and the log, and says until when', async () => {
    const lab = await labWith()
    const ran = await lab.run(['unlock', 'prod', '--for', '20m', '--reason', 'incident 42'], {
      answers: yes,
      env: { USER: 'anna' },
    })
    const until = lab.now() + 20 * minuteMs
    expect(ran.exit).toBe(0)
    expect(ran.asked.map(({ kind, flag }) => [kind, flag])).toEqual([['type-name', '--yes-prod']])
    expect(ran.answer).toEqual({
      context: 'prod',
      protected: true,
      until: new Date(until).toISOString(),
      reason: 'incident 42',
    })
    expect(ran.stdout).toContain(`prod is unlocked until ${clockTime(until)}.`)
    expect(ran.stdout).toContain('Programs that run already keep the credentials they have.')
    expect(await logOf(lab)).toBe(
      `${new Date(lab.now()).toISOString()} user="anna" unlock context="prod" until=${new Date(until).toISOString()} reason="incident 42"\n`,
    )
    expect((await stat(join(lab.places.unlocks, 'prod.json'))).mode & 0o777).toBe(0o600)
    expect((await stat(lab.places.unlocks)).mode & 0o777).toBe(0o700)
    expect(signerOf(credentialOn(await lab.run(`${token} --protect prod`)))).toBe('ASIAFULL')
  })

  test('fifteen minutes unless told, without a question for --yes-prod', async () => {
    const lab = await labWith()
    const ran = await lab.run('unlock prod --reason why --yes-prod')
    expect(ran.asked).toEqual([])
    expect(ran.answer).toMatchObject({ until: new Date(lab.now() + 15 * minuteMs).toISOString() })
  })

  test('a reason that was not given is asked for; none is none', async () => {
    const lab = await labWith()
    const ran = await lab.run('unlock prod', { answers: { ...yes, 'unlock.reason': ' because ' } })
    expect(ran.asked.map(({ id, flag }) => [id, flag])).toEqual([
      ['unlock.reason', "--reason 'incident 42'"],
      ['context.protected', '--yes-prod'],
    ])
    expect(ran.answer).toMatchObject({ reason: 'because' })
    const silent = await lab.run('unlock prod', { answers: { ...yes, 'unlock.reason': '  ' } })
    expect([silent.exit, silent.problems[0]?.code]).toEqual([5, declined.code])
  })

  test('lifts the protection of that team’s context alone, whatever another team’s is called', async () => {
    const lab = await labWith([
      { name: 'prod', marker: marker('eks'), user: guardedUser('acme/prod') },
      { name: 'shop-prod', marker: marker('eks', { team: 'shop' }), user: guardedUser('shop/prod') },
    ])
    expect((await lab.run('unlock prod --reason why --yes-prod')).answer).toMatchObject({ context: 'prod' })
    expect((await lab.run(`${token} --protect acme/prod`)).exit).toBe(0)
    const other = await lab.run(`${token} --protect shop/prod`)
    expect([other.exit, other.problems[0]?.detail]).toEqual([4, expect.stringContaining('prod is protected')])
    // By the name that another team's profile has for it, or by its key.
    expect((await lab.run('unlock shop/prod --reason why --yes-prod')).answer).toMatchObject({
      context: 'shop-prod',
    })
    expect((await lab.run('lock')).answer).toEqual({ locked: ['prod', 'shop-prod'] })
  })

  test('a name that two teams’ profiles have for renamed contexts is none', async () => {
    const lab = await labWith([
      { name: 'a', marker: marker('eks'), user: guardedUser('acme/prod') },
      { name: 'b', marker: marker('eks', { team: 'shop' }), user: guardedUser('shop/prod') },
    ])
    expect((await lab.run('unlock prod --reason why --yes-prod')).problems[0]?.code).toBe(contextUnknown.code)
    expect((await lab.run('unlock acme/prod --reason why --yes-prod')).answer).toMatchObject({ context: 'a' })
  })

  test('the banner of the question tells whether this very context is unlocked', async () => {
    const lab = await labWith([
      { name: 'prod', marker: marker('eks'), user: guardedUser('acme/prod') },
      { name: 'shop-prod', marker: marker('eks', { team: 'shop' }), user: guardedUser('shop/prod') },
    ])
    await lab.run('unlock prod --reason first --yes-prod')
    const again = await lab.run('unlock prod --reason second', { answers: yes })
    expect(again.asked[0]?.details?.join()).toContain('UNLOCKED for another 15 min: first')
    const other = await lab.run('unlock shop-prod --reason third', { answers: yes })
    expect(other.asked[0]?.details?.join()).toMatch(/access +locked/)
  })

  test('another name than the context’s leaves it locked', async () => {
    const lab = await labWith()
    const ran = await lab.run('unlock prod --reason why', { answers: { 'context.protected': false } })
    expect([ran.exit, ran.problems[0]?.code]).toEqual([5, declined.code])
    expect([await records(lab), await logOf(lab)]).toEqual([[], ''])
  })

  test('a context without protection is told of, and nothing is written', async () => {
    const lab = await labWith()
    for (const name of ['dev', 'mine']) {
      const ran = await lab.run(`unlock ${name} --reason why`)
      expect([ran.exit, ran.stdout.includes('is not protected')]).toEqual([0, true])
    }
    expect([await records(lab), await logOf(lab)]).toEqual([[], ''])
  })

  test('an alias, and the name before a person renamed the context, mean it; a part never does', async () => {
    const lab = await labWith()
    expect((await lab.run('unlock live --reason why --yes-prod')).answer).toMatchObject({ context: 'prod' })
    expect((await lab.run('unlock vault --reason why --yes-prod')).answer).toMatchObject({ context: 'safe' })
    expect((await lab.run('unlock safe --reason why --yes-prod')).exit).toBe(0)
    expect(await records(lab)).toEqual(['prod.json', 'vault.json'])
    expect((await lab.run(`${token} --protect vault`)).exit).toBe(0)
    for (const part of ['pro', 'PROD', 'de']) {
      const ran = await lab.run(`unlock ${part} --reason why --yes-prod`)
      expect([ran.exit, ran.problems[0]?.code]).toEqual([2, contextUnknown.code])
      expect(ran.problems[0]?.detail).toContain('prod, also called live; old')
    }
  })

  test('where devk8s hands nothing out there is nothing to lift', async () => {
    const lab = await labWith()
    const ran = await lab.run('unlock basic --reason why --yes-prod')
    expect([ran.exit, ran.problems[0]?.code]).toEqual([4, nothingWithheld.code])
    expect(await records(lab)).toEqual([])
  })

  test('where no variable names the person, the system does', async () => {
    const lab = await labWith()
    const through = (ports: Ports): Ports => ({ ...ports, host: { ...ports.host, userName: () => 'bob' } })
    await lab.run(['unlock', 'prod', '--reason', 'x', '--yes-prod'], { through })
    expect(await logOf(lab)).toContain('user="bob" unlock')
  })

  test('a reason of several lines is one line in the log', async () => {
    const lab = await labWith()
    const reason = 'one\n2026-01-01T00:00:00Z user="eve" unlock\u001B[2K\u2028"quoted"\u202E'
    await lab.run(['unlock', 'prod', '--reason', reason, '--yes-prod'], { env: { USER: 'a\nb' } })
    const log = await logOf(lab)
    expect(log.split(/[\n\u2028]/)).toHaveLength(2)
    expect(log.trimEnd()).not.toMatch(/[\p{Cc}\u2028-\u202E]/u)
    expect(log).toContain(String.raw`user="a\nb" unlock context="prod"`)
  })

  test('a log that cannot be written keeps it locked', async () => {
    const lab = await labWith()
    await mkdir(lab.places.unlockLog, { recursive: true })
    const ran = await lab.run('unlock prod --reason why --yes-prod')
    expect(ran.exit).not.toBe(0)
    expect(await records(lab)).toEqual([])
  })
})

describe('lock', () => {
  test('ends one unlock, drops the full sessions, and says how long what was handed out lives on', async () => {
    const lab = await labWith()
    await lab.run('unlock prod --for 5m --reason why --yes-prod')
    await lab.run('unlock old --reason why --yes-prod')
    await lab.run(`${token} --protect prod`)
    await lab.run(`${token} --protect old`)
    await lab.run(token)
    expect(await readdir(lab.places.sessions)).toHaveLength(3)
    const ran = await lab.run('lock live')
    expect(ran.answer).toEqual({ locked: ['prod'] })
    expect(ran.stdout).toBe(
      `prod is locked again.\nTokens for prod that were handed out are good until ${clockTime(lab.now() + 15 * minuteMs)} at the latest.\n`,
    )
    expect(await readdir(lab.places.sessions)).toHaveLength(2)
    expect((await lab.run(`${token} --protect prod`)).exit).toBe(4)
    expect((await lab.run(`${token} --protect old`)).exit).toBe(0)
    expect(await logOf(lab)).toMatch(/ lock context="prod"\n$/)
  })

  test('without a name all are locked', async () => {
    const lab = await labWith()
    for (const name of ['old', 'onprem', 'safe']) await lab.run(`unlock ${name} --reason why --yes-prod`)
    await lab.run(`${token} --protect old`)
    const ran = await lab.run('lock')
    const until = clockTime(lab.now() + 15 * minuteMs)
    expect(ran.answer).toEqual({ locked: ['old', 'onprem', 'safe'] })
    expect(ran.stdout).toContain(`Certificates for old that were handed out are good until ${until}.`)
    expect(ran.stdout).toContain(
      `What was handed out for onprem is good until it ends by itself; programs ask again by ${until}.`,
    )
    expect(ran.stdout).toContain('safe is locked again.')
    expect([await records(lab), await readdir(lab.places.sessions)]).toEqual([[], []])
    expect((await lab.run('lock')).stdout).toBe('No context was unlocked.\n')
  })

  test('one that is in no file any more is locked by its name as by its key', async () => {
    const lab = await labWith([{ name: 'dev' }])
    for (const name of ['acme/gone', 'gone']) {
      await mkdir(lab.places.unlocks, { recursive: true })
      const record = { context: 'acme/gone', at: lab.now(), until: lab.now() + minuteMs, reason: 'x' }
      await writeFile(join(lab.places.unlocks, 'acme_2f_gone.json'), JSON.stringify(record))
      expect((await lab.run(`lock ${name}`)).answer).toEqual({ locked: ['gone'] })
      expect(await records(lab)).toEqual([])
    }
  })

  test('what is locked stays so, and a name that nothing has is refused', async () => {
    const lab = await labWith()
    expect((await lab.run('lock prod')).stdout).toBe('prod is locked; it was not unlocked.\n')
    expect((await lab.run('lock dev')).stdout).toBe('dev is not protected: there is nothing to lock.\n')
    const { exit, problems } = await lab.run('lock nosuch')
    expect([exit, problems[0]?.code]).toEqual([2, contextUnknown.code])
  })

  test('a kubeconfig that cannot be read, or no longer has the context, keeps nobody from locking', async () => {
    const lab = await labWith()
    await lab.run('unlock prod --reason why --yes-prod')
    await writeFile(join(lab.home, '.kube', 'config'), '{ broken')
    expect((await lab.run('lock prod')).answer).toEqual({ locked: ['prod'] })
    expect((await lab.run(`${token} --protect prod`)).exit).toBe(4)
  })
})
