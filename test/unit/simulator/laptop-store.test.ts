import { mkdtemp, utimes, writeFile } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { realFiles } from '../../../src/adapters/files.ts'
import { laptopStore } from '../../../src/simulator/laptop-store.ts'
import { type Laptop, newLaptop } from '../../../src/simulator/state.ts'
import { manualClock } from '../../engine/manual-clock.ts'

async function store(folder?: string) {
  const place = folder ?? (await mkdtemp(join(tmpdir(), 'devk8s-store-')))
  return { place, ...laptopStore(place, realFiles(), manualClock({ auto: true }), () => newLaptop('linux')) }
}

const played = (key: string) => (laptop: Laptop) => ({ ...laptop, played: [...laptop.played, key] })

describe('laptopStore', () => {
  test('a new laptop is there before anything is written', async () => {
    const laptop = await store()
    expect(await laptop.read()).toEqual(newLaptop('linux'))
    expect(existsSync(join(laptop.place, 'laptop.json'))).toBe(false)
  })

  test('changes take turns, also those of another process', async () => {
    const one = await store()
    const two = await store(one.place)
    const keys = Array.from({ length: 10 }, (_, index) => `key ${index}`)
    await Promise.all(keys.map(async (key, index) => (index % 2 === 0 ? one : two).change(played(key))))
    expect((await one.read()).played.toSorted()).toEqual(keys)
  })

  test('a change that throws leaves the state, and the next one works', async () => {
    const laptop = await store()
    const broken = laptop.change(() => {
      throw new RangeError('no')
    })
    await expect(broken).rejects.toThrow('no')
    await laptop.change(played('after'))
    expect((await laptop.read()).played).toEqual(['after'])
  })

  test('the lock of a process that was killed is taken over', async () => {
    const laptop = await store()
    const lock = join(laptop.place, 'laptop.json.lock')
    await writeFile(lock, '')
    await utimes(lock, new Date(0), new Date(0))
    await laptop.change(played('after'))
    expect((await laptop.read()).played).toEqual(['after'])
    expect(existsSync(lock)).toBe(false)
  })
})
