import type { Change } from '../ports/event.ts'
import { changeText } from './change-text.ts'
import { isDiffering, isUnsure, obstaclesOf } from './record.ts'
import type { RunRecord, StepRecord } from './record.ts'
import type { Page } from './step-lines.ts'
import { isMachineCheck, noteLines, outcomeWords } from './step-lines.ts'
import { typedCommand } from './run-lines.ts'
import { fit, oneLine, spread, wrap } from './text.ts'
import type { Theme } from './theme.ts'
import { counted, formatDuration } from './units.ts'

/** The report that ends a changing run: what changed and how long each took, what does not hold, what is next. */
export function summaryLines(run: RunRecord, page: Page): readonly string[] {
  const { finished, steps } = run
  if (finished === undefined) return []
  const changed = steps.filter(({ outcome }) => outcome === 'changed')
  return [
    headline(run, page),
    ...changed.flatMap((step) => changedLines(step, page)),
    ...unfinishedLines(run, page),
    ...nextLines(finished.next, page.theme),
  ]
}

/** One sentence on how the run ended. */
export function headline({ steps, finished, command }: RunRecord, { theme, columns }: Page): string {
  const time = formatDuration(finished?.durationMs ?? 0)
  const changed = steps.filter(({ outcome }) => outcome === 'changed').length
  const exit = finished?.exit ?? 0
  const { signs } = theme
  if (exit === 130 || exit === 143) {
    return fit(`${theme.warn(signs.stopped)} Interrupted after ${time}`, columns, signs.cut)
  }
  if (exit !== 0) {
    const sign = exit === 5 ? theme.warn(signs.stopped) : theme.bad(signs.bad)
    const what = exit === 5 ? 'Stopped, as you said' : `devk8s ${typedCommand(command)} did not finish`
    return fit(`${sign} ${what} (exit ${exit}, ${time})`, columns, signs.cut)
  }
  const differing = steps.filter(isDiffering).length
  if (changed === 0 && differing > 0) {
    const what = `Nothing was changed: ${counted(differing, 'step')} needing --recreate`
    return fit(
      `${theme.warn(signs.warn)} ${what} (${counted(steps.length, 'check')}, ${time})`,
      columns,
      signs.cut,
    )
  }
  if (changed === 0) {
    return fit(
      `${theme.good(signs.done)} Nothing to change: all is as wanted (${counted(steps.length, 'check')}, ${time})`,
      columns,
      signs.cut,
    )
  }
  return fit(`${theme.good(signs.done)} Done in ${time}: ${counted(changed, 'change')}`, columns, signs.cut)
}

/** What was there and is gone or different now is said value by value; what is new says enough by its title. */
function changedLines(step: StepRecord, page: Page): readonly string[] {
  const { theme, columns } = page
  const time = theme.faint(formatDuration(step.durationMs))
  const left = `  ${theme.good(theme.signs.changed)} ${oneLine(step.title)}  ${theme.faint(outcomeWords(step, []))}`
  const values = step.changes.filter((change) => change.from !== undefined || isLostContext(step, change))
  return [
    spread(left, time, columns, theme.signs.cut),
    ...values.flatMap((change) => wrap(theme.faint(changeText(change, theme)), columns, '      ')),
    // Said when it happened, and lines ago by now: a warning is what people must not miss.
    ...noteLines(
      step.notes.filter(({ level }) => level === 'warning'),
      page,
      '      ',
    ),
  ]
}

/** Which contexts went is for people to know by name; the cluster and user of each go along. */
const isLostContext = ({ kind }: StepRecord, { field, effect }: Change): boolean =>
  kind === 'remote-contexts.trimmed' && effect === 'remove' && field.includes(': context ')

/** After anything but success: what holds nevertheless, and what is left to do. */
function unfinishedLines(run: RunRecord, page: Page): readonly string[] {
  const { steps, finished } = run
  const open = steps.filter(({ outcome }) => outcome !== 'ready' && outcome !== 'changed')
  if (finished === undefined || finished.exit === 0 || open.length === 0) return []
  // What was only looked at was not left undone.
  if (run.planMode === 'look') return []
  const { theme, columns } = page
  const there = steps.filter((step) => step.outcome === 'ready' && !isMachineCheck(step) && !isUnsure(step))
  const own = open.filter(({ outcome }) => outcome !== 'later' && outcome !== undefined)
  return [
    ...(there.length === 0 ? [] : wrap(theme.faint(`Already there: ${titles(there)}`), columns, '  ')),
    ...own.flatMap((step) => wrap(ownFault(step, page), columns, '  ')),
    ...waitingGroups(open, steps).flatMap(([obstacles, waiting]) =>
      wrap(theme.faint(`${theme.signs.waiting} ${obstacles}: ${titles(waiting)}`), columns, '  '),
    ),
    ...wrap('What is done stays done: the same command goes on from here.', columns, '  '),
  ]
}

const titles = (steps: readonly StepRecord[]) => steps.map(({ title }) => oneLine(title)).join(', ')

function ownFault(step: StepRecord, { theme }: Page): string {
  const { signs } = theme
  const isFault = step.outcome === 'failed' || step.outcome === 'blocked'
  const sign = isFault ? theme.bad(signs.bad) : theme.warn(signs.stopped)
  return `${sign} ${oneLine(step.title)}  ${theme.faint(step.problem?.code ?? outcomeWords(step, []))}`
}

/** What was passed over, by what it waits for: one broken step often holds up all the others. */
function waitingGroups(
  open: readonly StepRecord[],
  steps: readonly StepRecord[],
): readonly (readonly [string, readonly StepRecord[]])[] {
  const groups = new Map<string, StepRecord[]>()
  for (const step of open.filter(({ outcome }) => outcome === 'later' || outcome === undefined)) {
    const obstacles = obstaclesOf(step, steps)
    const name = obstacles.length === 0 ? 'Not begun' : `Behind ${obstacles.join(' and ')}`
    groups.set(name, [...(groups.get(name) ?? []), step])
  }
  return [...groups]
}

/** Commands worth running next, whole, to be copied. */
export function nextLines(next: readonly string[], theme: Theme): readonly string[] {
  return next.length === 0 ? [] : ['', 'Next:', ...next.map((command) => `  ${theme.change('$')} ${command}`)]
}
