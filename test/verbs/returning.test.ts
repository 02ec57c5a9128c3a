import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Ports } from '../../src/ports/ports.ts'
import { kubeconfigUnreadable } from '../../src/problems/kubernetes.ts'
import { type Laptop, newLaptop } from '../fakes/session.ts'
import { kubeconfig } from './switch-lab.ts'

const two = kubeconfig([{ name: 'dev' }, { name: 'stage' }], 'dev')
const onProd = kubeconfig([{ name: 'dev' }, { name: 'stage' }, { name: 'prod', protected: true }], 'prod')

async function lentOn(text: string) {
  const laptop = await newLaptop()
  const config = join(laptop.home, '.kube', 'config')
  const returns = join(laptop.home, '.local/state/devk8s/contexts/returns')
  await mkdir(join(laptop.home, '.kube'), { recursive: true })
  await writeFile(config, text)
  const through = (ports: Ports): Ports => ({
    ...ports,
    programs: { ...ports.programs, detach: async () => 4711 },
  })
  return {
    laptop,
    config,
    returns,
    run: async (line: string) => laptop.run(line, { through }),
    current: async () => /^current-context: (\S+)/m.exec(await readFile(config, 'utf8'))?.[1],
  }
}

const notesOf = ({ events }: Awaited<ReturnType<Laptop['run']>>) =>
  events.flatMap((event) => (event.type === 'note' ? [event.text] : [])).join('\n')

describe('lent on a protected context', () => {
  test('at the end none is in force, which is said at once', async () => {
    const { laptop, run, current, returns } = await lentOn(onProd)
    const done = await run('switch dev --for 1m')
    expect(notesOf(done)).toContain(
      '"prod" is protected: after 1 minute no context will be in force, instead of going back there unasked.',
    )
    const [name = ''] = await readdir(returns)
    expect((await laptop.run(`__return ${join(returns, name)}`)).exit).toBe(0)
    expect(await current()).toBe('""')
  })

  test('once more for the same one, and by way of another', async () => {
    const { laptop, run, current } = await lentOn(onProd)
    await run('switch dev --for 1m')
    await run('switch dev --for 2m')
    await run('switch stage --for 2m')
    await laptop.clock.sleep(121_000)
    expect(notesOf(await run('switch .'))).not.toContain('prod')
    expect(await current()).toBe('""')
  })

  test('one that has become protected since is not gone back to', async () => {
    const { laptop, config, run, current } = await lentOn(two)
    await run('switch stage --for 1m')
    await writeFile(
      config,
      kubeconfig([{ name: 'dev', protected: true }, { name: 'stage' }, { name: 'three' }], 'stage'),
    )
    await laptop.clock.sleep(61_000)
    await run('switch --history')
    expect(await current()).toBe('""')
  })
})

describe('a loan that cannot be given back', () => {
  const lentElsewhere = async () => {
    const lab = await lentOn(two)
    const [name = ''] = await (async () => {
      await lab.run('switch stage --for 1m')
      return readdir(lab.returns)
    })()
    // As it was agreed in a project with a file of its own.
    const other = join(lab.laptop.folder, 'other')
    const file = join(lab.returns, name)
    const record = JSON.parse(await readFile(file, 'utf8')) as object
    await writeFile(file, JSON.stringify({ ...record, kubeconfig: [other] }))
    await lab.laptop.clock.sleep(61_000)
    return { ...lab, other, file }
  }

  test('as its file is broken keeps nobody from switching', async () => {
    const { run, current, other, returns } = await lentElsewhere()
    await writeFile(other, 'contexts: [\n')
    const done = await run('switch dev')
    expect(done.problems).toEqual([])
    expect(done.exit).toBe(0)
    expect(await current()).toBe('dev')
    expect(notesOf(done)).toContain(`The time on "stage" is over, but it cannot be left: ${other}`)
    expect(notesOf(done)).toContain('The next switch tries again.')
    expect(await readdir(returns)).toHaveLength(1)
  })

  test.skipIf(process.platform === 'win32')('as its file is read-only', async () => {
    const { run, current, other } = await lentElsewhere()
    await writeFile(other, kubeconfig([{ name: 'dev' }, { name: 'stage' }], 'stage'))
    await chmod(other, 0o444)
    expect(notesOf(await run('switch dev'))).toContain(`${other} is read-only`)
    expect(await current()).toBe('dev')
    await chmod(other, 0o644)
    expect(notesOf(await run('switch stage'))).toBe('')
    expect(await readFile(other, 'utf8')).toContain('current-context: dev')
  })

  test('is forgotten after a day, with a word', async () => {
    const { laptop, run, other, returns } = await lentElsewhere()
    await writeFile(other, 'contexts: [\n')
    await laptop.clock.sleep(25 * 3_600_000)
    expect(notesOf(await run('switch dev'))).toContain('It is not tried again.')
    expect(await readdir(returns)).toEqual([])
  })

  test('of the very files at hand is that of the switch as well', async () => {
    const { run, config } = await lentOn(two)
    await run('switch stage --for 1m')
    await writeFile(config, 'contexts: [\n')
    expect((await run('switch dev')).problems[0]?.code).toBe(kubeconfigUnreadable.code)
  })
})

test('whoever switches while a loan is being given back keeps what they chose', async () => {
  const { laptop, config, returns, run, current } = await lentOn(
    kubeconfig([{ name: 'dev' }, { name: 'stage' }, { name: 'three' }], 'dev'),
  )
  await run('switch stage --for 1m')
  const [name = ''] = await readdir(returns)
  // Another process writes between the look at the file and the lock on it.
  const through = (ports: Ports): Ports => ({
    ...ports,
    files: {
      ...ports.files,
      createExclusive: async (path, content) => {
        if (path === `${config}.lock`) {
          const text = await readFile(config, 'utf8')
          await writeFile(config, text.replace('current-context: stage', 'current-context: three'))
        }
        return ports.files.createExclusive(path, content)
      },
    },
  })
  expect((await laptop.run(`__return ${join(returns, name)}`, { through })).exit).toBe(0)
  expect(await current()).toBe('three')
})
