import { existsSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { describe, expect, test } from 'vitest'
import { lines, recording } from '../../fakes/minikube-recordings.ts'
import { installPrograms } from '../../fakes/minikube-programs.ts'
import type { Laptop } from '../../../src/simulator/state.ts'

async function laptop(speed?: number, change?: Parameters<typeof installPrograms>[2]) {
  const folder = await mkdtemp(join(tmpdir(), 'devk8s-programs-'))
  const programs = await installPrograms(folder, speed, change)
  const home = join(folder, 'home')
  const env = {
    PATH: programs.bin,
    HOME: home,
    MINIKUBE_HOME: `${home}/.minikube`,
    KUBECONFIG: `${home}/.kube/config`,
    MINIKUBE_IN_STYLE: 'false',
  }
  const run = (program: string, ...args: readonly string[]) =>
    execa(join(programs.bin, program), args, { env, extendEnv: false, reject: false })
  return { ...programs, home, run }
}

// Windows starts no file by its first line, and has no signals to end one by.
describe.skipIf(process.platform === 'win32')('the simulator as programs on PATH', () => {
  test('a real process prints what a recorded one did, and the next finds its cluster', async () => {
    const withoutRegistry = (now: Laptop): Laptop => ({ ...now, registryReachable: false })
    const { run, home, calls } = await laptop(20, withoutRegistry)
    const recorded = recording('running-k8s-001')
    const started = await run('minikube', ...recorded.argv.slice(1))
    const compared = (text: string) => lines(text, home).filter((line) => line !== '')
    expect(compared(started.stdout)).toEqual(compared(recorded.stdout))
    const status = await run('minikube', 'status', '-p', 'devk8s', '-o', 'json')
    expect([status.exitCode, status.stdout]).toEqual([0, recording('running-k8s-003').stdout])
    expect((await run('docker', 'ps', '--format', '{{.Names}}')).stdout).toBe('devk8s')
    expect((await run('kubectl', 'get', 'nodes', '-o', 'name')).stdout).toBe('node/devk8s')
    expect((await calls()).at(-1)).toBe('kubectl get nodes -o name')
  })

  test('a signal ends it at once and leaves the half-made profile', async () => {
    const { run, home } = await laptop(0.5)
    const starting = run('minikube', 'start', '-p', 'devk8s', '-o', 'json')
    starting.stdout.on('data', (chunk: Buffer) => {
      if (chunk.toString().includes('Creating docker container')) starting.kill('SIGINT')
    })
    const ended = await starting
    expect([ended.exitCode, ended.signal]).toEqual([undefined, 'SIGINT'])
    expect(existsSync(join(home, '.minikube/profiles/devk8s/config.json'))).toBe(true)
  })

  test('faults are played, and an unset state is said', async () => {
    const { run, play, bin } = await laptop()
    await play('docker=down', 'cluster.start=docker-down')
    expect((await run('minikube', 'start', '-o', 'json')).exitCode).toBe(63)
    await play('cluster.start=killed')
    expect((await run('minikube', 'start', '-o', 'json')).signal).toBe('SIGKILL')
    await play('nonsense=1')
    expect((await run('minikube', 'version')).exitCode).toBe(125)
    expect(existsSync(join(bin, 'docker'))).toBe(true)
  })
})
