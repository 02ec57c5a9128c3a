import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { recordedLaptop } from '../../fakes/minikube-laptop.ts'
import { running } from '../minikube/worlds.ts'
import type { Laptop } from '../../../src/simulator/state.ts'

const folder = join(import.meta.dirname, '../../fixtures/transcripts/docker/28.2.2')

interface Recording {
  readonly argv: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  readonly exitCode: number | null
  readonly stdout: string
  readonly stderr: string
}

function recording(name: string): Recording {
  const file = readdirSync(folder).find((each) => each.startsWith(`${name}-`)) ?? name
  return JSON.parse(readFileSync(join(folder, file), 'utf8')) as Recording
}

const host = (name: string) => ({ DOCKER_HOST: recording(name).env?.['DOCKER_HOST'] })
const denied = (laptop: Laptop): Laptop => ({ ...laptop, docker: { ...laptop.docker, state: 'denied' } })

describe('docker: the simulator says what the real client said', () => {
  const exact = [
    ...['017', '018', '019', '024'].map((name) => ({ clause: '1', name })),
    ...['010', '011', '013'].map((name) => ({ clause: '2', name })),
    ...['003', '005', '006'].map((name) => ({ clause: '3', name })),
    ...['033', '034'].map((name) => ({ clause: '4', name })),
  ]
  test.for(exact)("clause: '$clause', recorded $name", async ({ name }) => {
    const { argv, exitCode, stdout, stderr } = recording(name)
    const laptop = await recordedLaptop()
    const run = await laptop.run(argv, { env: host(name) })
    expect(run).toEqual({ exitCode, signal: null, stdout, stderr })
  })

  test('clause 4: without a daemon version and info print JSON and exit 1', async () => {
    const laptop = await recordedLaptop()
    for (const name of ['031', '032']) {
      const recorded = recording(name)
      const run = await laptop.run(recorded.argv, { env: host(name) })
      expect([run.exitCode, run.stderr]).toEqual([recorded.exitCode, recorded.stderr])
      expect(sharedFields(recorded.stdout, run.stdout)).toEqual(JSON.parse(run.stdout))
    }
  })

  test('clause 5: outside the group docker', async () => {
    const laptop = await recordedLaptop(denied)
    const recorded = recording('060')
    const run = await laptop.run(recorded.argv)
    expect(run.exitCode).toBe(recorded.exitCode)
    expect(run.stderr).toContain(
      'permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock',
    )
    expect(recorded.stderr).toContain(
      'permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock',
    )
    const version = await laptop.run(recording('062').argv)
    expect([version.stderr, version.exitCode]).toEqual([recording('062').stderr, 1])
  })

  test('clause 6: a daemon that never answers', async () => {
    const laptop = await recordedLaptop((now) => ({ ...now, docker: { ...now.docker, state: 'hanging' } }))
    const run = await laptop.run(recording('080').argv, { killAfterMs: 45_000 })
    expect([run.exitCode, run.stdout, run.stderr]).toEqual([null, '', ''])
    expect(recording('080').exitCode).toBeNull()
  })

  test('clause 7: version has the recorded fields, and the lower API version', async () => {
    const laptop = await recordedLaptop()
    const run = await laptop.run(recording('002').argv)
    const [got, want] = [JSON.parse(run.stdout) as object, JSON.parse(recording('002').stdout) as object]
    expect(want).toMatchObject({ Client: { ApiVersion: '1.41' }, Server: { Version: '20.10.24+dfsg1' } })
    expect(got).toMatchObject({ Client: { ApiVersion: '1.41' }, Server: { Version: '20.10.24+dfsg1' } })
  })

  test('clause 8: info has the recorded fields', async () => {
    const laptop = await recordedLaptop()
    const run = await laptop.run(recording('004').argv)
    const got = JSON.parse(run.stdout) as Readonly<Record<string, unknown>>
    const want = JSON.parse(recording('004').stdout) as Readonly<Record<string, unknown>>
    expect(Object.keys(got).filter((key) => !(key in want))).toEqual([])
    expect([got['ServerVersion'], got['Driver'], got['NCPU']]).toEqual([
      want['ServerVersion'],
      want['Driver'],
      want['NCPU'],
    ])
  })
})

/** The simulated document's own values, taken from the recorded one where both have the field. */
function sharedFields(recorded: string, simulated: string): unknown {
  const [want, got] = [JSON.parse(recorded), JSON.parse(simulated)] as Readonly<Record<string, unknown>>[]
  return Object.fromEntries(
    Object.keys(got ?? {}).map((key) => [
      key,
      key === 'ClientInfo' || key === 'Client' ? got?.[key] : want?.[key],
    ]),
  )
}

describe('docker: beyond the recordings', () => {
  test('clause 9: a node is found by name and by label', async () => {
    const laptop = await running()
    const ask = async (...filter: readonly string[]) =>
      (await laptop.run(['docker', 'ps', '-a', ...filter, '--format', '{{.Names}}'])).stdout
    expect(await ask('--filter', 'name=^devk8s$')).toBe('devk8s\n')
    expect(await ask('--filter', 'name=^devk8$')).toBe('')
    expect(await ask('--filter=label=created_by.minikube.sigs.k8s.io=true')).toBe('devk8s\n')
    const inspected = await laptop.run(['docker', 'inspect', '-f', '{{.State.Status}}', 'devk8s'])
    expect(inspected.stdout).toBe('running\n')
    expect((await laptop.run(['docker', 'volume', 'inspect', 'devk8s'])).exitCode).toBe(0)
  })

  test('clause 10: what is in use is not removed', async () => {
    const laptop = await running()
    expect((await laptop.run(['docker', 'rm', 'devk8s'])).exitCode).toBe(1)
    expect((await laptop.run(['docker', 'volume', 'rm', 'devk8s'])).exitCode).toBe(1)
  })

  test('clause 11: rm -f keeps the volume, rm -fv does not', async () => {
    const laptop = await running()
    await laptop.run(['docker', 'rm', '-f', 'devk8s'])
    expect((await laptop.store.read()).volumes).toEqual(['devk8s'])
    expect((await laptop.run(['docker', 'volume', 'rm', 'devk8s'])).stdout).toBe('devk8s\n')
    expect((await laptop.store.read()).volumes).toEqual([])
  })
})
