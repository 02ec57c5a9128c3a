import { describe, expect, test } from 'vitest'
import type { Event } from '../../src/ports/event.ts'
import { createLiveRegion } from '../../src/report/live-region.ts'
import { createLinesReporter, createQuietReporter } from '../../src/report/plain.ts'
import type { ReporterOptions } from '../../src/report/reporter.ts'
import { createTheme } from '../../src/report/theme.ts'
import { createTtyReporter } from '../../src/report/tty.ts'
import { manualClock } from '../engine/manual-clock.ts'
import { captured } from './scene.ts'

const events: readonly Event[] = [
  { at: 0, type: 'output', source: 'dev', width: 7, color: 'green', fd: 1, text: 'out' },
  { at: 0, type: 'output', source: 'staging', width: 7, fd: 2, text: 'err' },
]

function shown(make: (options: ReporterOptions) => { emit(event: Event): void }, color = false) {
  const [stdout, stderr] = [captured(), captured()]
  const theme = createTheme({ color, unicode: false })
  const clock = manualClock()
  const options = { stdout, stderr, theme, resultTheme: theme, verbose: false, showCommands: false, clock }
  const reporter = make(options)
  for (const event of events) reporter.emit(event)
  return { stdout: stdout.text, stderr: stderr.text }
}

describe('what another program says is shown as it is, behind its name, on its own stream', () => {
  test.each([
    ['lines', createLinesReporter],
    ['quiet', createQuietReporter],
    ['terminal', (options: ReporterOptions) => createTtyReporter(options, createLiveRegion(options.stderr))],
  ])('%s', (_, make) => {
    expect(shown(make)).toEqual({ stdout: 'dev     | out\n', stderr: 'staging | err\n' })
  })

  test('in its colour', () => {
    expect(shown(createLinesReporter, true).stdout).toContain('\u001B[32mdev    \u001B[39m ')
  })
})
