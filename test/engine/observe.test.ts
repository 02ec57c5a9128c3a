import { expect, test } from 'vitest'
import { observeExec } from '../../src/engine/observe.ts'
import type { EventBody } from '../../src/ports/event.ts'
import type { Exec } from '../../src/ports/exec.ts'
import { Secret } from '../../src/ports/secret.ts'
import { ran, recordingExec } from './lab.ts'
import { manualClock } from './manual-clock.ts'

const command = {
  tool: 'minikube',
  program: '/opt/minikube',
  args: ['start', '-p', 'devk8s'],
  env: { TOKEN: Secret.of('hunter22') },
  stdin: 'words',
  changes: true,
} as const
const how = { timeoutMs: 1000, signal: new AbortController().signal }

test('each call is told once it has ended, without input and environment', async () => {
  const events: EventBody[] = []
  const exec = observeExec(recordingExec([]), (event) => events.push(event), manualClock(), {
    simulated: true,
  })
  expect(await exec.run(command, how)).toBe(ran)
  expect(await exec.find('docker')).toBe('/bin/docker')
  expect(events).toEqual([
    {
      type: 'command.ran',
      tool: 'minikube',
      argv: ['/opt/minikube', 'start', '-p', 'devk8s'],
      changes: true,
      outcome: 'exited',
      exitCode: 0,
      durationMs: 7,
      simulated: true,
    },
  ])
})

test('a call that rejects is told too', async () => {
  const events: EventBody[] = []
  const broken: Exec = { ...recordingExec([]), run: () => Promise.reject(new Error('gone')) }
  const exec = observeExec(broken, (event) => events.push(event), manualClock(), { simulated: false })
  await expect(exec.run(command, how)).rejects.toThrow('gone')
  expect(events).toMatchObject([{ outcome: 'rejected', exitCode: null, durationMs: 0 }])
})
