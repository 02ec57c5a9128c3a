import { readFile, readdir, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import type { Command } from '../../src/ports/exec.ts'
import type { Ports } from '../../src/ports/ports.ts'
import type { Laptop as LaptopState } from '../../src/simulator/state.ts'
import { shortestPauseMs } from '../../src/upkeep/due.ts'
import { newLaptop, type Laptop } from '../fakes/session.ts'
import { cutAt, type Cut } from './cut.ts'
import { withRoles } from './roles-profile.ts'

/** Beyond the largest pid of any system, so that nobody has it. */
const deadPid = 2 ** 31 - 7

async function stateOf(laptop: Laptop): Promise<LaptopState> {
  return JSON.parse(await readFile(join(laptop.folder, 'laptop.json'), 'utf8')) as LaptopState
}

/** What differs between any two clusters: names and times that the cluster itself makes up. */
const made =
  /^(?:uid|resourceVersion|creationTimestamp|generation|managedFields|clusterIP|clusterIPs|status)$/
const fleeting = /^(?:Pod|ReplicaSet|ControllerRevision|Event|Lease|Endpoints|EndpointSlice|Node)$/
/** And between any two sessions of one role. */
const madeByAws =
  /^(?:accessKeyId|secretAccessKey|sessionToken|(?:issuedAt|expiresAt)(?:Ms)?|devk8s\.dev\/(?:issued-at|expires-at|content-hash))$/

function plain(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (key, inner: unknown) => {
      if (made.test(key) || madeByAws.test(key)) return undefined
      if (key === 'sessions.json') return JSON.parse(atob(String(inner))) as unknown
      return key === 'devk8s.dev/aws-sessions' ? (JSON.parse(String(inner)) as unknown) : inner
    }),
  )
}

/** What is there in the end: as `status` sees it, the person's kubeconfig, what the cluster holds, the files. */
async function endState(laptop: Laptop): Promise<unknown> {
  const { steps } = await laptop.run('status')
  const state = await stateOf(laptop)
  const objects = Object.values(state.nodes).flatMap((node) =>
    Object.entries(node.store?.objects ?? {})
      .filter(([, { object }]) => !fleeting.test(object.kind))
      .map(([key, { object }]) => [key, plain(object)] as const),
  )
  const kubeconfig = await readFile(join(laptop.home, '.kube/config'), 'utf8')
  const withoutTimes = kubeconfig.replaceAll(/last-update: .*/g, 'last-update: T')
  return {
    steps,
    kubeconfig: parse(withoutTimes.replaceAll(laptop.folder, '')) as unknown,
    objects: Object.fromEntries(objects.toSorted(([a], [b]) => (a < b ? -1 : 1))),
    containers: state.containers,
    kernels: Object.values(state.nodes).map(({ kernel }) => [kernel?.loopback, kernel?.prerouting]),
    files: await filesOf(laptop),
  }
}

/**
 * Journals tell of each run, old versions of the kubeconfig are named by theirs, minikube logs each call, and a receipt spares a look at a tool whose sum is pinned; all
 * other files are to be the same.
 */
async function filesOf(laptop: Laptop): Promise<readonly string[]> {
  const names = await readdir(laptop.home, { recursive: true })
  return names
    .filter((name) => !/(?:^|\/)(?:runs|logs)(?:\/|$)|audit|minikube\.json$|devk8s\/kubeconfig\/_/.test(name))
    .toSorted()
}

/** Calls that delete what Kubernetes has run in. */
function watched(laptop: Laptop, losses: string[]): (ports: Ports) => Ports {
  const deletes = ({ args: [first, second] }: Command) =>
    first === 'delete' || (first === 'volume' && second === 'rm') || (first === 'rm' && second !== undefined)
  return (ports) => ({
    ...ports,
    exec: {
      find: async (program) => ports.exec.find(program),
      async run(command, how) {
        const ran = Object.values((await stateOf(laptop)).nodes).some(({ store }) => store !== undefined)
        if (command.tool !== 'kubectl' && deletes(command) && ran) losses.push(command.args.join(' '))
        return ports.exec.run(command, how)
      },
    },
  })
}

/** One run that is cut, and then one that is not. */
async function cutAndMend(line: string, k: number, how: Cut, losses: string[]) {
  const laptop = await newLaptop()
  const up = await withRoles(laptop, line)
  const cutting = cutAt(k, how)
  const watch = watched(laptop, losses)
  const cut = await laptop.run(up, {
    through: (ports) => cutting.through(watch(ports)),
    signal: cutting.signal,
    dead: cutting.dead,
    pid: deadPid,
  })
  const left = await locksOf(laptop)
  // Nor within the pause after what could not be renewed, which is told until then.
  await laptop.clock.sleep(shortestPauseMs)
  const mended = await laptop.run(up, { through: watch })
  // Where nothing was left to renew, the lock of a renewal lies about until the next one takes it over.
  const isTaken = left.some((name) => name.includes('/renewals/'))
  const taking = isTaken ? (await laptop.run('aws refresh')).exit : 0
  expect(taking).toBe(0)
  return { laptop, moment: cutting.moments[k - 1], cut, left, mended }
}

/** The locks that lie about, made to look a minute old: a person does not come back within the second. */
async function locksOf(laptop: Laptop): Promise<readonly string[]> {
  // The earliest moments come before there is a home.
  const names = await readdir(laptop.home, { recursive: true }).catch(() => [])
  const locks = names.filter((name) => /\.(?:lock|takeover)$/.test(name))
  const then = Date.now() / 1000 - 60
  await Promise.all(locks.map((name) => utimes(join(laptop.home, name), then, then)))
  return locks
}

describe('up, cut at each moment and run again, ends in the same state and loses nothing', () => {
  test.for([
    ['fail', 'up --profile aws --no-input'],
    ['interrupt', 'up --profile aws --no-input'],
    ['kill', 'up --profile default --no-input'],
    ['fail', 'up --profile roles --no-input'],
    ['kill', 'up --profile roles --no-input'],
  ] as const)('%s: %s', { timeout: 240_000 }, async ([how, up]) => {
    const counter = cutAt(0, how)
    const whole = await newLaptop()
    expect((await whole.run(await withRoles(whole, up), { through: counter.through })).problems).toEqual([])
    const expected = await endState(whole)
    const losses: string[] = []
    const locks: string[] = []
    let reached = 0
    // Until its cluster is up, the third does nothing that the others do not; then it fails at every other moment, and is
    // killed at those between.
    const isUp = (moment: string) => moment.includes('minikube status ')
    const isThird = up.includes('roles')
    const before = isThird ? counter.moments.findIndex(isUp) + (how === 'kill' ? 1 : 0) : 0
    const step = isThird ? 2 : 1
    for (let k = before + 1; k <= counter.moments.length; k += step) {
      const { laptop, moment, cut, left, mended } = await cutAndMend(up, k, how, losses)
      locks.push(...left)
      const problems = mended.problems.map(({ code, detail }) => `${code} ${detail}`)
      expect({ k, moment, exit: mended.exit, problems }).toEqual({ k, moment, exit: 0, problems: [] })
      expect({ k, moment, state: await endState(laptop) }).toEqual({ k, moment, state: expected })
      // What runs side by side comes in another order at times, and the last moment may not come at all.
      if (moment === undefined) continue
      reached += 1
      const exits = { fail: cut.exit, interrupt: 130, kill: 137 }
      expect({ k, moment, exit: cut.exit }).toEqual({ k, moment, exit: exits[how] })
    }
    expect(losses).toEqual([])
    expect(reached).toBeGreaterThanOrEqual((counter.moments.length - before) / step - 3)
    // A killed run leaves its locks behind, and no other does.
    expect(new Set(locks.map((name) => name.split('/').at(-1)))).toEqual(
      new Set(how === 'kill' ? ['devk8s.lock', 'config.lock'] : []),
    )
  })
})
