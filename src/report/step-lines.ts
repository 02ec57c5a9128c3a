import type { Note, Outcome } from '../ports/event.ts'
import { isDiffering, isLacking, isUnsure, obstaclesOf } from './record.ts'
import type { StepRecord } from './record.ts'
import { oneLine, spread, wrap } from './text.ts'
import { outcomeSign } from './theme.ts'
import type { Theme } from './theme.ts'
import { counted, formatDuration } from './units.ts'

/** What a listener needs to know of the place it writes to. */
export interface Page {
  readonly theme: Theme
  readonly columns: number
}

/** What became of a step, in a few words; empty when the sign says it all. */
export function outcomeWords(step: StepRecord, steps: readonly StepRecord[]): string {
  if (step.outcome === undefined) return 'not begun'
  switch (step.outcome) {
    case 'ready':
      return isDiffering(step) ? 'differs (needs --recreate)' : isUnsure(step) ? 'not known for now' : ''
    case 'changed':
      return changedWords[step.kind] ?? 'changed'
    case 'would-change':
      return 'to be changed'
    case 'later':
      return obstaclesIn(step, steps)
    case 'blocked':
      return 'blocked'
    case 'failed':
      return 'failed'
    case 'declined':
      return 'you said no'
    case 'cancelled':
      return 'interrupted'
  }
}

/** What "changed" means for each kind of step. */
const changedWords: Readonly<Record<string, string>> = {
  'tool.present': 'installed',
  'cluster.running': 'running',
  'cluster.stopped': 'stopped',
  'cluster.absent': 'deleted',
  'addon.ready': 'ready',
  'addon.absent': 'switched off',
  'objects.applied': 'applied',
  'context.present': 'written',
  'context.absent': 'removed',
  'launcher.present': 'written',
  'remote-context.present': 'written',
  'remote-contexts.trimmed': 'removed',
  'aws-identity.admitted': 'signed in',
  'upkeep.recorded': 'written',
  'upkeep.fresh': 'fresh',
  'aws-agent.running': 'running',
  'aws-routes.present': 'put back',
  'aws-keys.absent': 'removed',
  'broker.absent': 'stopped',
  'sample.served': 'served',
  'files.absent': 'removed',
}

/** `waits for Cluster devk8s`: why a step was passed over. */
export function obstaclesIn(step: StepRecord, steps: readonly StepRecord[]): string {
  const obstacles = obstaclesOf(step, steps)
  return obstacles.length === 0 ? 'not begun' : `waits for ${obstacles.join(', ')}`
}

/** The sign of a step: what differs does not look as if all were well. */
export const stepSign = (step: StepRecord, theme: Theme): string =>
  isUnsure(step) || isLacking(step) ? theme.warn(theme.signs.warn) : outcomeSign(signedAs(step), theme)

/** What is broken is no mere change, though one would mend it. */
function signedAs(step: StepRecord): Outcome {
  if (step.outcome === 'would-change' && step.problem !== undefined) return 'blocked'
  return isDiffering(step) ? 'would-change' : (step.outcome ?? 'later')
}

/** A finished step: one line of sign, title, outcome and time, and its notes below. */
export function finishedLines(
  step: StepRecord,
  steps: readonly StepRecord[],
  { theme, columns }: Page,
): readonly string[] {
  const words = outcomeWords(step, steps)
  const time = step.durationMs >= 100 ? theme.faint(formatDuration(step.durationMs)) : ''
  const isQuiet =
    step.outcome === 'later' ||
    (step.outcome === 'ready' && !isDiffering(step) && !isUnsure(step) && !isLacking(step))
  const title = isQuiet ? theme.faint(oneLine(step.title)) : oneLine(step.title)
  const left = `${stepSign(step, theme)} ${title}${words === '' ? '' : theme.faint(`  ${words}`)}`
  return [spread(left, time, columns, theme.signs.cut), ...noteLines(step.notes, { theme, columns })]
}

/** What a change would ask first, with what is at stake. */
export function consentLines(
  { consent }: Pick<StepRecord, 'consent'>,
  { theme, columns }: Page,
  indent = '      ',
): readonly string[] {
  if (consent === undefined) return []
  return [
    ...wrap(
      theme.warn(`${theme.signs.warn} asks first: ${oneLine(consent.text)}  (${consent.flag} answers yes)`),
      columns,
      indent,
    ),
    ...consent.details.flatMap((line) => wrap(oneLine(line), columns, `${indent}  `)),
  ]
}

/** Notes as indented lines; warnings stand out. */
export function noteLines(
  notes: readonly Note[],
  { theme, columns }: Page,
  indent = '  ',
): readonly string[] {
  return notes.flatMap(({ level, text }) =>
    level === 'warning'
      ? wrap(theme.warn(`${theme.signs.warn} ${oneLine(text)}`), columns, indent)
      : wrap(theme.faint(oneLine(text)), columns, indent),
  )
}

/** What is looked at before the first change. */
export const isMachineCheck = ({ kind }: Pick<StepRecord, 'kind'>): boolean =>
  kind === 'machine.fit' || kind === 'context.possible'

/**
 * All checks of the machine as one line while they are well; those with something to say follow, each on
 * lines of its own.
 */
export function machineLines(checks: readonly StepRecord[], page: Page): readonly string[] {
  const { theme, columns } = page
  const good = checks.filter(({ outcome }) => outcome === 'ready')
  const others = checks.filter((step) => step.outcome !== 'ready')
  const told = good.filter(({ notes }) => notes.length > 0)
  const sign = others.length === 0 ? outcomeSign('changed', theme) : outcomeSign('blocked', theme)
  const count =
    others.length === 0
      ? `${counted(checks.length, 'check')} passed`
      : `${good.length} of ${counted(checks.length, 'check')} passed`
  return [
    `${sign} Machine: ${count}`,
    ...told.flatMap(({ title, notes }) =>
      noteLines(
        notes.map(({ level, text }) => ({ level, text: `${title}: ${text}` })),
        page,
      ),
    ),
    ...others.flatMap((step) =>
      finishedLines(step, checks, { theme, columns: columns - 2 }).map((line) => `  ${line}`),
    ),
  ]
}
