import { describe, expect, test } from 'vitest'
import { createLiveRegion } from '../../src/report/live-region.ts'
import { renderPlan } from '../../src/report/plan-view.ts'
import { emptyRecord, record } from '../../src/report/record.ts'
import type { ReporterOptions } from '../../src/report/reporter.ts'
import { renderStatus } from '../../src/report/status-view.ts'
import { createTheme } from '../../src/report/theme.ts'
import { createTtyReporter } from '../../src/report/tty.ts'
import { manualClock } from '../engine/manual-clock.ts'
import { at, captured, dockerDown, looked, startedAt, upBlocked, upFinishes, upUnderWay } from './scene.ts'
import { screenOf } from './screen.ts'

function terminal(over: Partial<ReporterOptions> = {}, columns = 80, rows = 24) {
  const stdout = captured({ isTTY: true, columns })
  const stderr = captured({ isTTY: true, columns, rows })
  const clock = manualClock({ startMs: startedAt })
  const theme = createTheme({ color: false, unicode: true })
  const options = {
    stdout,
    stderr,
    theme,
    resultTheme: theme,
    verbose: false,
    showCommands: false,
    clock,
    ...over,
  }
  return { stdout, stderr, clock, reporter: createTtyReporter(options, createLiveRegion(stderr)) }
}

const shown = (lines: readonly string[]) => `\n${lines.join('\n')}\n`

describe('at a terminal', () => {
  test('under way: finished lines above, what runs now below, at 80 columns', async () => {
    const { stderr, clock, reporter } = terminal()
    for (const event of upUnderWay) reporter.emit(event)
    await clock.advance(9000)
    expect(shown(screenOf(stderr.text))).toMatchInlineSnapshot(`
      "
      devk8s 0.1.0  up  profile aws
      ✓ Machine: 2 checks passed
        ! Driver: Docker Desktop has only 4096 MiB.
      ✓ minikube v1.38.1  installed                                              4.4s
      ⠋ kubectl v1.35.1                                                          4.0s
        ━━━━━━╌╌╌╌╌╌╌╌╌╌╌╌╌   33%  20.0 MB of 60.0 MB  8.0 MB/s  5.0s left
      ⠋ Cluster devk8s: Kubernetes v1.35.1 on docker                             4.0s
        Pulling base image v0.0.48 ...
      "
    `)
    reporter.close({})
  })

  test('the same at 40 columns: no line of the region is wider', async () => {
    const { stderr, clock, reporter } = terminal({}, 40)
    for (const event of upUnderWay) reporter.emit(event)
    await clock.advance(9000)
    expect(shown(screenOf(stderr.text))).toMatchInlineSnapshot(`
      "
      devk8s 0.1.0  up  profile aws
      ✓ Machine: 2 checks passed
        ! Driver: Docker Desktop has only
        4096 MiB.
      ✓ minikube v1.38.1  installed      4.4s
      ⠋ kubectl v1.35.1                  4.0s
        ━━━╌╌╌╌╌╌   33%  20.0 MB of 60.0 MB
      ⠋ Cluster devk8s: Kubernetes v1.…  4.0s
        Pulling base image v0.0.48 ...
      "
    `)
    for (const line of screenOf(stderr.text)) expect(line.length).toBeLessThan(40)
    reporter.close({})
  })

  test('done: nothing of the region is left, the report is on stdout, the cursor is back', () => {
    const { stdout, stderr, reporter } = terminal()
    for (const event of [...upUnderWay, ...upFinishes]) reporter.emit(event)
    reporter.close({})
    expect(shown(screenOf(stderr.text))).toMatchInlineSnapshot(`
      "
      devk8s 0.1.0  up  profile aws
      ✓ Machine: 2 checks passed
        ! Driver: Docker Desktop has only 4096 MiB.
      ✓ minikube v1.38.1  installed                                              4.4s
      ✓ kubectl v1.35.1  installed                                               8.0s
      ✓ Cluster devk8s: Kubernetes v1.35.1 on docker  running                  1m 05s
      ? Make local the current context? yes (by flag)
      ✓ Context local  written                                                   0.3s
        The current context stays "work".
      ✓ Add-on ingress  ready                                                     20s
      "
    `)
    expect(stdout.text).toMatchInlineSnapshot(`
      "✓ Done in 1m 30s: 5 changes
        ✓ minikube v1.38.1  installed                                            4.4s
        ✓ kubectl v1.35.1  installed                                             8.0s
        ✓ Cluster devk8s: Kubernetes v1.35.1 on docker  running                1m 05s
        ✓ Add-on ingress  ready                                                   20s
        ✓ Context local  written                                                 0.3s

      Next:
        $ kubectl --context local get pods -A
        $ devk8s status
      "
    `)
    expect(stderr.text.lastIndexOf('\u001B[?25h')).toBeGreaterThan(stderr.text.lastIndexOf('\u001B[?25l'))
  })

  test('blocked: the problem once, then what waits for it', () => {
    const { stdout, stderr, reporter } = terminal()
    for (const event of upBlocked) reporter.emit(event)
    reporter.close({})
    expect(shown(screenOf(stderr.text))).toMatchInlineSnapshot(`
      "
      devk8s 0.1.0  up  profile aws
      ✗ Machine: 1 of 2 checks passed
        ✗ Driver  blocked                                                        0.4s
      ✗ DK6010 Docker does not answer
        docker info ended with exit code 1 after 0.4 s.
        | Cannot connect to the Docker daemon at unix:///var/run/docker.sock.
        The cluster runs inside Docker, so its daemon has to be up.
          $ systemctl --user start docker-desktop
          $ devk8s up
      "
    `)
    expect(stdout.text).toMatchInlineSnapshot(`
      "✗ devk8s up did not finish (exit 4, 0.5s)
        ✗ Driver  DK6010
        · Behind Driver: minikube v1.38.1, kubectl v1.35.1, Cluster devk8s:
        Kubernetes v1.35.1 on docker, Add-on ingress, Context local
        What is done stays done: the same command goes on from here.
      "
    `)
  })

  test('the spinner turns by the clock, and stops with the run', async () => {
    const { stderr, clock, reporter } = terminal()
    for (const event of upUnderWay) reporter.emit(event)
    await clock.advance(100)
    const before = screenOf(stderr.text).at(-2)
    await clock.advance(100)
    expect(screenOf(stderr.text).at(-2)).not.toBe(before)
    reporter.emit(at(9, { type: 'run.finished', exit: 130, durationMs: 9000, next: [] }))
    await clock.advance(0)
    const length = stderr.text.length
    await clock.advance(1000)
    expect(stderr.text).toHaveLength(length)
    expect(clock.sleepers).toBe(0)
  })

  test('keeps still while a question is open, and then says what happened meanwhile', async () => {
    const { stderr, clock, reporter } = terminal()
    for (const event of upUnderWay) reporter.emit(event)
    await clock.advance(100)
    reporter.emit(at(8, { type: 'step.progress', id: 'cluster', asking: true }))
    const length = stderr.text.length
    expect(stderr.text.endsWith('\u001B[?25h')).toBe(true)
    await clock.advance(2000)
    reporter.emit(upFinishes[0] as (typeof upFinishes)[number])
    expect(stderr.text).toHaveLength(length)
    reporter.emit(at(9, { type: 'step.progress', id: 'cluster', asking: false }))
    await clock.advance(100)
    expect(screenOf(stderr.text.slice(length))[0]).toMatch(/^✓ kubectl v1\.35\.1 {2}installed +8\.0s$/)
    reporter.close({})
  })

  test('interrupted: what holds, and how to go on', () => {
    const { stdout, reporter } = terminal()
    for (const event of upUnderWay) reporter.emit(event)
    const cancelled = {
      type: 'step.finished',
      outcome: 'cancelled',
      changes: [],
      notes: [],
      detail: {},
      durationMs: 9,
    } as const
    reporter.emit(at(9, { ...cancelled, id: 'tool.kubectl' }))
    reporter.emit(at(9, { ...cancelled, id: 'cluster' }))
    reporter.emit(at(9, { ...cancelled, id: 'addon.ingress', outcome: 'later' }))
    reporter.emit(at(9, { type: 'run.finished', exit: 130, durationMs: 9000, next: [] }))
    reporter.close({})
    expect(stdout.text).toMatchInlineSnapshot(`
      "■ Interrupted after 9.0s
        ✓ minikube v1.38.1  installed                                            4.4s
        ■ kubectl v1.35.1  interrupted
        ■ Cluster devk8s: Kubernetes v1.35.1 on docker  interrupted
        · Behind Cluster devk8s: Kubernetes v1.35.1 on docker and kubectl v1.35.1:
        Add-on ingress
        · Behind Cluster devk8s: Kubernetes v1.35.1 on docker: Context local
        What is done stays done: the same command goes on from here.
      "
    `)
  })

  test('a second up says that there is nothing to do', () => {
    const { stdout, reporter } = terminal()
    reporter.emit(at(0, { type: 'run.started', command: 'up', version: '0.1.0', mode: 'change' }))
    reporter.emit(
      at(0, {
        type: 'plan.ready',
        steps: [{ id: 'a', kind: 'cluster.running', title: 'Cluster', needs: [] }],
      }),
    )
    reporter.emit(
      at(1, {
        type: 'step.finished',
        id: 'a',
        outcome: 'ready',
        changes: [],
        notes: [],
        detail: {},
        durationMs: 9,
      }),
    )
    reporter.emit(at(1, { type: 'run.finished', exit: 0, durationMs: 1200, next: [] }))
    reporter.close({})
    expect(stdout.text).toBe('✓ Nothing to change: all is as wanted (1 check, 1.2s)\n')
  })

  test('declined is a soft end', () => {
    const { stdout, reporter } = terminal()
    reporter.emit(at(0, { type: 'run.started', command: 'down', version: '0.1.0', mode: 'change' }))
    reporter.emit(
      at(0, {
        type: 'plan.ready',
        steps: [{ id: 'a', kind: 'cluster.stopped', title: 'Stop it', needs: [] }],
      }),
    )
    reporter.emit(
      at(1, {
        type: 'step.finished',
        id: 'a',
        outcome: 'declined',
        changes: [],
        notes: [],
        detail: {},
        durationMs: 9,
      }),
    )
    reporter.emit(at(1, { type: 'run.finished', exit: 5, durationMs: 1200, next: [] }))
    reporter.close({})
    expect(stdout.text).toMatchInlineSnapshot(`
      "■ Stopped, as you said (exit 5, 1.2s)
        ■ Stop it  you said no
        What is done stays done: the same command goes on from here.
      "
    `)
  })

  test('a no to the question of a command is one soft line', () => {
    const { stdout, stderr, reporter } = terminal()
    reporter.emit(at(0, { type: 'run.started', command: 'destroy', version: '0.1.0', mode: 'change' }))
    for (const event of looked.slice(1, -1)) reporter.emit(event)
    const problem = {
      ...dockerDown,
      code: 'DK8050',
      title: 'You said no',
      detail: 'Nothing was deleted.',
      exit: 5,
    } as const
    reporter.emit(at(1, { type: 'problem', problem }))
    reporter.emit(at(1, { type: 'run.finished', exit: 5, durationMs: 1200, next: [] }))
    reporter.close({})
    expect(screenOf(stderr.text)).toEqual(['■ You said no. Nothing was deleted.'])
    expect(stdout.text).toBe('■ Stopped, as you said (exit 5, 1.2s)\n')
  })

  test('what was changed in place is said value by value', () => {
    const { stdout, reporter } = terminal()
    const changes = [{ field: 'cluster.memoryMiB', from: '4096', to: '6144', effect: 'restart' }] as const
    for (const event of upUnderWay.slice(0, 2)) reporter.emit(event)
    reporter.emit(
      at(1, {
        type: 'step.finished',
        id: 'cluster',
        outcome: 'changed',
        changes,
        notes: [],
        detail: {},
        durationMs: 9000,
      }),
    )
    reporter.emit(at(1, { type: 'run.finished', exit: 0, durationMs: 9000, next: [] }))
    reporter.close({})
    expect(stdout.text).toContain('\n      cluster.memoryMiB: 4096 → 6144  (by a restart)\n')
  })

  test('looking scrolls nothing; the view goes to stdout with what is next', async () => {
    const { stdout, stderr, clock, reporter } = terminal({ view: renderPlan })
    for (const event of looked.slice(0, 3)) reporter.emit(event)
    await clock.advance(100)
    expect(screenOf(stderr.text)).toEqual([
      '⠙ Looking: Processors                                                       0/7',
    ])
    for (const event of looked.slice(3)) reporter.emit(event)
    const { steps } = looked.reduce(record, emptyRecord)
    const result = {
      exit: 0,
      changesNeeded: true,
      steps: steps.map((step) => ({ ...step, outcome: step.outcome ?? 'later' })),
    } as const
    reporter.close({ result })
    expect(screenOf(stderr.text)).toEqual([])
    expect(stdout.text).toBe(
      `${renderPlan(steps, { theme: createTheme({ color: false, unicode: true }), columns: 79 })}\nNext:\n  $ devk8s up\n`,
    )
  })

  test('a watched status stands, and is drawn again when it has been read again', () => {
    const { stderr, reporter } = terminal({ view: renderStatus, watch: true }, 80, 60)
    for (const event of looked.slice(0, -1)) reporter.emit(event)
    const first = screenOf(stderr.text)
    expect(first[0]).toBe('Machine')
    for (const event of looked.slice(1, -1)) reporter.emit(event)
    expect(screenOf(stderr.text)).toEqual(first)
    reporter.close({ text: '' })
    expect(screenOf(stderr.text)).toEqual([])
  })

  test('a rehearsal says so first and last; commands are shown when asked for', () => {
    const { stdout, stderr, reporter } = terminal({ showCommands: true })
    const [, ...events] = [...upUnderWay, ...upFinishes]
    reporter.emit(
      at(0, { type: 'run.started', command: 'up', version: '0.1.0', mode: 'change', rehearsal: '/tmp/r' }),
    )
    for (const event of events) reporter.emit(event)
    reporter.close({})
    const lines = screenOf(stderr.text)
    expect(lines.slice(0, 2)).toEqual([
      'Rehearsal on a simulated laptop: nothing on this machine changes.',
      'Its folder: /tmp/r',
    ])
    expect(lines).toContain(`$ /d/minikube start -p devk8s --mount-string 'a b'  (exit 0, 1m 05s)`)
    expect(lines.at(-1)).toBe('This was a rehearsal: nothing on this machine has changed.')
    expect(stdout.text).not.toContain('rehearsal')
  })

  test('an answer is printed as it is, without a header; a problem goes to stderr', () => {
    const { stdout, stderr, reporter } = terminal()
    reporter.emit(at(0, { type: 'run.started', command: 'version', version: '0.1.0', mode: 'look' }))
    reporter.emit(at(0, { type: 'problem', problem: dockerDown }))
    reporter.emit(at(0, { type: 'note', level: 'warning', text: 'old' }))
    reporter.emit(at(0, { type: 'run.finished', exit: 0, durationMs: 5, next: [] }))
    reporter.close({ value: {}, text: 'devk8s 0.1.0\n' })
    expect(stdout.text).toBe('devk8s 0.1.0\n')
    expect(screenOf(stderr.text).at(0)).toBe('✗ DK6010 Docker does not answer')
    expect(screenOf(stderr.text).at(-1)).toBe('! old')
  })
})
