import { readFile, readdir, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { newLaptop, type Laptop } from '../fakes/session.ts'

const lockOf = (laptop: Laptop) => join(laptop.home, '.kube/config.lock')
const up = 'up --profile default --no-input'

/** A laptop where all is as wanted, and a lock with this content lies beside the kubeconfig. */
async function withLock(content: string): Promise<Laptop> {
  const laptop = await newLaptop()
  await laptop.run(up)
  await writeFile(lockOf(laptop), content)
  return laptop
}

describe('a lock on the kubeconfig that lies there although the context is right', () => {
  test('one of a devk8s that is dead is shown, and taken away', async () => {
    const laptop = await withLock('devk8s 2147483640 laptop\n')
    const before = await readFile(join(laptop.home, '.kube/config'), 'utf8')
    expect((await laptop.run('plan --profile default --exit-code')).exit).toBe(3)
    expect((await laptop.run(up)).steps['context']).toBe('changed')
    expect(await readdir(join(laptop.home, '.kube'))).toEqual(['config'])
    expect(await readFile(join(laptop.home, '.kube/config'), 'utf8')).toBe(before)
  })

  test('one that another run is taking over is that run’s to remove', async () => {
    const left = 'devk8s 2147483640 laptop\n'
    const laptop = await withLock(left)
    const guard = `${lockOf(laptop)}.takeover`
    await writeFile(guard, left)
    await utimes(guard, 4_000_000_000, 4_000_000_000)
    await laptop.run(up)
    expect(await readFile(lockOf(laptop), 'utf8')).toBe(left)
  })

  test.for([
    ['kubectl’s, which is empty', ''],
    ['one of another machine', 'devk8s 2147483640 elsewhere\n'],
    ['anything else', 'mine'],
  ] as const)('%s is left alone', async ([, content]) => {
    const laptop = await withLock(content)
    expect((await laptop.run(up)).steps['context']).toBe('ready')
    expect(await readFile(lockOf(laptop), 'utf8')).toBe(content)
  })
})
