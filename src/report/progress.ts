import type { RunRecord, StepRecord } from './record.ts'
import type { Page } from './step-lines.ts'
import { isMachineCheck } from './step-lines.ts'
import { fit, oneLine, spread } from './text.ts'
import type { Theme } from './theme.ts'
import { formatBytes, formatDuration } from './units.ts'

/** Where the picture is in time: the events' clock, and which frame of the spinner is due. */
export interface Moment {
  readonly nowMs: number
  readonly frame: number
}

/** More would not be read, and a region higher than the screen cannot be redrawn. */
const mostRunning = 4

/** The live region: what is being worked on now. Empty when nothing is. No line is wider than the page. */
export function progressLines(run: RunRecord, moment: Moment, page: Page): readonly string[] {
  const running = run.steps.filter(isRunning)
  if (running.length === 0) return []
  if (run.planMode === 'look') return [lookingLine(run, running, moment, page)]
  const machine = running.filter(isMachineCheck)
  const others = running.filter((step) => !isMachineCheck(step))
  const shown = others.slice(0, mostRunning)
  return [
    ...(machine.length > 0 ? [machineLine(run, moment, page)] : []),
    ...shown.flatMap((step) => stepLines(step, moment, page)),
    ...(others.length > shown.length ? [page.theme.faint(`  and ${others.length - shown.length} more`)] : []),
  ]
}

const isRunning = (step: StepRecord) => step.outcome === undefined && step.phase !== undefined

function spinner({ theme }: Page, { frame }: Moment): string {
  const { spinner: frames } = theme.signs
  return theme.change(frames[frame % frames.length] ?? '')
}

function lookingLine(run: RunRecord, running: readonly StepRecord[], moment: Moment, page: Page): string {
  const done = run.steps.filter(({ outcome }) => outcome !== undefined).length
  const count = page.theme.faint(`${done}/${run.steps.length}`)
  const title = oneLine(running[0]?.title ?? '')
  return spread(`${spinner(page, moment)} Looking: ${title}`, count, page.columns, page.theme.signs.cut)
}

function machineLine(run: RunRecord, moment: Moment, page: Page): string {
  const checks = run.steps.filter(isMachineCheck)
  const done = checks.filter(({ outcome }) => outcome !== undefined).length
  const count = page.theme.faint(`${done}/${checks.length}`)
  return spread(`${spinner(page, moment)} Machine`, count, page.columns, page.theme.signs.cut)
}

function stepLines(step: StepRecord, moment: Moment, page: Page): readonly string[] {
  const { theme, columns } = page
  const elapsed = theme.faint(formatDuration(moment.nowMs - (step.startedAt ?? moment.nowMs)))
  const left = `${spinner(page, moment)} ${oneLine(step.title)}`
  const { progress } = step
  const message = oneLine(progress?.message ?? '') || phaseWords(step)
  const below = [
    ...(progress?.fraction !== undefined || progress?.bytes !== undefined ? [barLine(step, page)] : []),
    ...(message === '' ? [] : [fit(`  ${theme.faint(message)}`, columns, theme.signs.cut)]),
  ]
  return [spread(left, elapsed, columns, theme.signs.cut), ...below]
}

function phaseWords({ phase }: StepRecord): string {
  return phase === 'settle' ? 'waiting until it is really there' : ''
}

/** `  ━━━━━━╌╌╌╌  62%  34.2 MB of 55.2 MB  4.1 MB/s  5s left`; parts that do not fit are left out from the right. */
function barLine({ progress = {} }: StepRecord, { theme, columns }: Page): string {
  const { bytes, totalBytes, bytesPerS } = progress
  const fraction = progress.fraction ?? (bytes !== undefined && totalBytes ? bytes / totalBytes : undefined)
  const known = fraction === undefined ? undefined : Math.min(1, Math.max(0, fraction))
  const leftMs =
    bytes !== undefined && totalBytes !== undefined && bytesPerS
      ? (Math.max(0, totalBytes - bytes) / bytesPerS) * 1000
      : undefined
  const parts = [
    ...(known === undefined ? [] : [`${String(Math.floor(known * 100)).padStart(3)}%`]),
    ...(bytes === undefined
      ? []
      : [
          totalBytes === undefined
            ? formatBytes(bytes)
            : `${formatBytes(bytes)} of ${formatBytes(totalBytes)}`,
        ]),
    ...(bytesPerS === undefined ? [] : [`${formatBytes(bytesPerS)}/s`]),
    ...(leftMs === undefined ? [] : [`${formatDuration(leftMs)} left`]),
  ]
  let line = known === undefined ? ' ' : `  ${bar(known, Math.min(24, Math.floor(columns / 4)), theme)}`
  let width = known === undefined ? 1 : 2 + Math.min(24, Math.floor(columns / 4))
  for (const part of parts) {
    if (width + 2 + part.length > columns) break
    line += `  ${part}`
    width += 2 + part.length
  }
  return line
}

function bar(fraction: number, cells: number, theme: Theme): string {
  const full = Math.round(fraction * cells)
  return `${theme.change(theme.signs.barFull.repeat(full))}${theme.faint(theme.signs.barEmpty.repeat(cells - full))}`
}
