import { changeText } from './change-text.ts'
import { detailText } from './detail-text.ts'
import { grouped } from './plan-view.ts'
import { isDiffering, isLacking, isUnsure } from './record.ts'
import type { StepRecord } from './record.ts'
import { consentLines, noteLines, obstaclesIn, stepSign } from './step-lines.ts'
import type { Page } from './step-lines.ts'
import { fit, fitMiddle, oneLine, pad, widthOf, wrap } from './text.ts'

/** What `devk8s status` shows: each group's parts, whether they are there, and what the checks read. */
export function renderStatus(steps: readonly StepRecord[], page: Page): string {
  const widest = Math.max(0, ...steps.map(({ title }) => widthOf(title)))
  const titleColumns = Math.min(widest, Math.floor(page.columns / 2))
  const lines = grouped(steps).flatMap(({ name, steps: members }) => [
    '',
    page.theme.strong(name),
    ...members.flatMap((step) => statusLines(step, steps, page, titleColumns)),
  ])
  return `${[...lines.slice(1), '', ...verdict(steps, page)].join('\n')}\n`
}

function statusLines(
  step: StepRecord,
  steps: readonly StepRecord[],
  page: Page,
  titleColumns: number,
): readonly string[] {
  const { theme, columns } = page
  const title = pad(fitTitle(oneLine(step.title), titleColumns, theme.signs.cut), titleColumns)
  const sign = stepSign(step, theme)
  const state = stateWords(step)
  return [
    fit(`  ${sign} ${title}  ${state}`, columns, theme.signs.cut),
    ...(step.outcome === 'later' ? wrap(theme.faint(obstaclesIn(step, steps)), columns, '      ') : []),
    ...detailText(step).flatMap((line) => wrap(line, columns, '      ').map((each) => theme.faint(each))),
    ...(step.problem === undefined
      ? []
      : wrap(`${step.problem.title}: ${oneLine(step.problem.detail)}`, columns, '      ')),
    ...step.changes
      .filter(({ effect }) => effect !== 'create')
      .flatMap((change) => wrap(changeText(change, theme), columns, '      ')),
    ...consentLines(step, page),
    ...(step.problem?.next ?? []).map((command) => `      ${theme.change('$')} ${command}`),
    ...noteLines(step.notes, page, '      '),
  ]
}

/** Paths of one folder differ at their ends. */
const fitTitle = (title: string, columns: number, mark: string): string =>
  /[/\\]/.test(title) ? fitMiddle(title, columns, mark) : fit(title, columns, mark)

/** What is made anew may come with a change to what is there, as a context with current-context. */
const isNew = (changes: StepRecord['changes']): boolean =>
  changes.some(({ effect }) => effect === 'create') &&
  changes.every(({ effect }) => effect === 'create' || effect === 'in-place')

function stateWords(step: StepRecord): string {
  if (step.outcome === undefined) return 'not looked at'
  switch (step.outcome) {
    case 'ready':
    case 'changed':
      return readyWords(step)
    case 'would-change':
      return isNew(step.changes) ? 'not there' : 'differs'
    case 'later':
      return 'unknown'
    case 'blocked':
    case 'failed':
      return step.problem === undefined ? 'at fault' : step.problem.code
    case 'cancelled':
    case 'declined':
      return 'not looked at'
  }
}

function readyWords(step: StepRecord): string {
  if (isDiffering(step)) return 'differs (needs --recreate)'
  if (isUnsure(step)) return 'not known for now'
  return isLacking(step) ? 'there, and lacks something' : 'ready'
}

function verdict(steps: readonly StepRecord[], { theme, columns }: Page): readonly string[] {
  const open = steps.filter(
    (step) => (step.outcome !== 'ready' && step.outcome !== 'changed') || isDiffering(step),
  ).length
  const text =
    open === 0
      ? steps.some(isUnsure)
        ? theme.warn('All that can be seen is as the profile says.')
        : steps.some(isLacking)
          ? theme.warn('All is set up as the profile says; what is marked lacks something.')
          : theme.good('All is as the profile says.')
      : theme.warn(`${open} of ${steps.length} not as the profile says.`)
  return wrap(text, columns)
}
