import { describe, expect, test } from 'vitest'
import type { Ports } from '../../src/ports/ports.ts'
import { NetError } from '../../src/ports/net.ts'
import { newLaptop, type Laptop } from '../fakes/session.ts'

const up = 'up --profile aws --yes --no-input'
/** What a person who is asked would answer: the sweeps cut at moments after which consent is needed. */
const answers = { 'cluster.recreate': true, 'cluster.reconfigure': true }

/** Counts outside calls (processes and downloads) and lets one of them go wrong. */
function cutAt(k: number, how: 'fail' | 'kill', stop: AbortController) {
  let count = 0
  const due = () => {
    count += 1
    return count === k
  }
  const through = (ports: Ports): Ports => ({
    ...ports,
    exec: {
      find: async (program) => ports.exec.find(program),
      run: async (command, options) => {
        if (!due()) return ports.exec.run(command, options)
        if (how === 'kill') stop.abort('SIGINT')
        if (how === 'kill') return ports.exec.run(command, options)
        return {
          outcome: 'exited',
          exitCode: 1,
          signal: null,
          stdout: '',
          stderr: 'planted failure',
          durationMs: 1,
        }
      },
    },
    net: {
      canListen: async (host, port) => ports.net.canListen(host, port),
      get: async (request) => {
        if (due()) {
          if (how === 'kill') stop.abort('SIGINT')
          throw new NetError('cut', 'planted cut')
        }
        return ports.net.get(request)
      },
    },
  })
  return { through, count: () => count }
}

/** What is there in the end, as `status` sees it. */
async function endState(laptop: Laptop): Promise<unknown> {
  const { steps } = await laptop.run('status --profile aws')
  return steps
}

async function callsOfACleanRun(): Promise<number> {
  const counter = cutAt(0, 'fail', new AbortController())
  const done = await (await newLaptop()).run(up, { through: counter.through })
  expect(done.problems).toEqual([])
  expect(done.exit).toBe(0)
  return counter.count()
}

describe('up, cut at each outside call and run again, ends in the same state', () => {
  test.for(['fail', 'kill'] as const)('%s', { timeout: 180_000 }, async (how) => {
    const calls = await callsOfACleanRun()
    const whole = await newLaptop()
    await whole.run(up)
    const expected = await endState(whole)
    for (let k = 1; k <= calls; k += 1) {
      const laptop = await newLaptop()
      const stop = new AbortController()
      const cut = await laptop.run(up, { through: cutAt(k, how, stop).through, signal: stop.signal, answers })
      const again = await laptop.run(up, { answers })
      expect({
        k,
        how,
        exit: again.exit,
        problems: again.problems.map((p) => `${p.code} ${p.detail}`),
      }).toEqual({ k, how, exit: 0, problems: [] })
      expect({ k, state: await endState(laptop) }).toEqual({ k, state: expected })
      expect({ k, interrupted: cut.exit === 130 }).toEqual({ k, interrupted: how === 'kill' })
    }
  })
})
