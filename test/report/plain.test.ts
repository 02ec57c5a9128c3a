import { describe, expect, test } from 'vitest'
import { createLinesReporter, createQuietReporter } from '../../src/report/plain.ts'
import { renderStatus } from '../../src/report/status-view.ts'
import type { ReporterOptions } from '../../src/report/reporter.ts'
import { createTheme } from '../../src/report/theme.ts'
import { manualClock } from '../engine/manual-clock.ts'
import { at, captured, looked, upBlocked, upFinishes, upUnderWay } from './scene.ts'

function log(make: typeof createLinesReporter, over: Partial<ReporterOptions> = {}) {
  const stdout = captured()
  const stderr = captured()
  const theme = createTheme({ color: false, unicode: false })
  const options = {
    stdout,
    stderr,
    theme,
    resultTheme: theme,
    verbose: false,
    showCommands: false,
    clock: manualClock(),
    ...over,
  }
  return { stdout, stderr, reporter: make(options) }
}

describe('lines', () => {
  test('a log of an up, in ASCII', () => {
    const { stdout, stderr, reporter } = log(createLinesReporter, { verbose: true })
    const ticks = [12, 14, 16.5, 18, 22].map((seconds) =>
      at(seconds, { type: 'step.progress', id: 'cluster', message: `Booting ${seconds} ...` }),
    )
    const download = at(11, {
      type: 'step.progress',
      id: 'tool.kubectl',
      bytes: 44_000_000,
      totalBytes: 60_000_000,
    })
    for (const event of [...upUnderWay, download, ...ticks, ...upFinishes]) reporter.emit(event)
    reporter.close({})
    expect(stderr.text).toMatchInlineSnapshot(`
      "[   0.0s] devk8s 0.1.0  up  profile aws
      [   0.5s] ok Machine: 2 checks passed
      [   0.5s]   ! Driver: Docker Desktop has only 4096 MiB.
      [   0.6s] -> minikube v1.38.1
      [   5.0s] ok minikube v1.38.1  installed                                                                  4.4s
      [   5.0s] -> kubectl v1.35.1
      [   5.0s] -> Cluster devk8s: Kubernetes v1.35.1 on docker
      [    11s]   kubectl v1.35.1: 44.0 MB of 60.0 MB
      [    12s]   Cluster devk8s: Kubernetes v1.35.1 on docker: Booting 12 ...
      [    18s]   Cluster devk8s: Kubernetes v1.35.1 on docker: Booting 18 ...
      [    13s] ok kubectl v1.35.1  installed                                                                   8.0s
      [    14s] $ /d/minikube start -p devk8s --mount-string 'a b'  (exit 0, 1m 05s)
      [ 1m 10s] ok Cluster devk8s: Kubernetes v1.35.1 on docker  running                                      1m 05s
      [ 1m 10s] -> Add-on ingress
      [ 1m 15s] ? Make local the current context? yes (by flag)
      [ 1m 16s] ok Context local  written                                                                       0.3s
      [ 1m 16s]   The current context stays "work".
      [ 1m 30s] ok Add-on ingress  ready                                                                         20s
      "
    `)
    expect(stdout.text).toMatchInlineSnapshot(`
      "ok Done in 1m 30s: 5 changes
        ok minikube v1.38.1  installed                                                                4.4s
        ok kubectl v1.35.1  installed                                                                 8.0s
        ok Cluster devk8s: Kubernetes v1.35.1 on docker  running                                    1m 05s
        ok Add-on ingress  ready                                                                       20s
        ok Context local  written                                                                     0.3s

      Next:
        $ kubectl --context local get pods -A
        $ devk8s status
      "
    `)
  })

  test('waiting without words is told every five seconds', () => {
    const { stderr, reporter } = log(createLinesReporter)
    for (const event of upUnderWay) reporter.emit(event)
    reporter.emit(at(8, { type: 'step.settling', id: 'tool.kubectl' }))
    reporter.emit(at(12, { type: 'step.settling', id: 'tool.kubectl' }))
    reporter.emit(at(17, { type: 'step.settling', id: 'tool.kubectl', message: '1 of 2 pods ready' }))
    expect(stderr.text.split('\n').filter((line) => line.includes('  kubectl'))).toEqual([
      '[    12s]   kubectl v1.35.1: waiting until it is there',
      '[    17s]   kubectl v1.35.1: 1 of 2 pods ready',
    ])
  })

  test('a problem and the end of a blocked run', () => {
    const { stdout, stderr, reporter } = log(createLinesReporter)
    for (const event of upBlocked) reporter.emit(event)
    reporter.close({})
    expect(stderr.text).toMatchInlineSnapshot(`
      "[   0.0s] devk8s 0.1.0  up  profile aws
      [   0.5s] x Machine: 1 of 2 checks passed
      [   0.5s]   x Driver  blocked                                                                             0.4s
      [   0.5s] x DK6010 Docker does not answer
      [   0.5s]   docker info ended with exit code 1 after 0.4 s.
      [   0.5s]   | Cannot connect to the Docker daemon at unix:///var/run/docker.sock.
      [   0.5s]   The cluster runs inside Docker, so its daemon has to be up.
      [   0.5s]     $ systemctl --user start docker-desktop
      [   0.5s]     $ devk8s up
      "
    `)
    expect(stdout.text).toContain('x devk8s up did not finish (exit 4, 0.5s)')
  })

  test('looking logs nothing but the answer', () => {
    const { stdout, stderr, reporter } = log(createLinesReporter, { view: renderStatus })
    for (const event of looked) reporter.emit(event)
    reporter.close({})
    expect([stdout.text, stderr.text]).toEqual(['', ''])
  })
})

describe('quiet', () => {
  test('an up that goes well says nothing', () => {
    const { stdout, stderr, reporter } = log(createQuietReporter)
    for (const event of [...upUnderWay, ...upFinishes]) reporter.emit(event)
    reporter.close({})
    expect([stdout.text, stderr.text]).toEqual(['', ''])
  })

  test('problems are still told, answers still given', () => {
    const blocked = log(createQuietReporter)
    for (const event of upBlocked) blocked.reporter.emit(event)
    blocked.reporter.close({})
    expect(blocked.stderr.text.split('\n')[0]).toBe('x DK6010 Docker does not answer')
    expect(blocked.stderr.text.trimEnd().split('\n').at(-1)).toBe('x devk8s up did not finish (exit 4, 0.5s)')
    const asked = log(createQuietReporter)
    asked.reporter.close({ text: 'answer\n' })
    expect([asked.stdout.text, asked.stderr.text]).toEqual(['answer\n', ''])
  })
})
