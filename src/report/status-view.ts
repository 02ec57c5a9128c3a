import type { Json } from '../ports/event.ts'
import { changeText } from './change-text.ts'
import { grouped } from './plan-view.ts'
import type { StepRecord } from './record.ts'
import { noteLines, obstaclesIn } from './step-lines.ts'
import type { Page } from './step-lines.ts'
import { fit, oneLine, pad, widthOf, wrap } from './text.ts'
import { outcomeSign } from './theme.ts'

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
  const title = pad(fit(oneLine(step.title), titleColumns, theme.signs.cut), titleColumns)
  const sign = outcomeSign(step.outcome ?? 'later', theme)
  const state = stateWords(step)
  return [
    fit(`  ${sign} ${title}  ${state}`, columns, theme.signs.cut),
    ...(step.outcome === 'later' ? wrap(theme.faint(obstaclesIn(step, steps)), columns, '      ') : []),
    ...detailLines(step.detail, page),
    ...(step.problem === undefined
      ? []
      : wrap(`${step.problem.title}: ${oneLine(step.problem.detail)}`, columns, '      ')),
    ...step.changes
      .filter(({ effect }) => effect !== 'create')
      .flatMap((change) => wrap(changeText(change, theme), columns, '      ')),
    ...(step.problem?.next ?? []).map((command) => `      ${theme.change('$')} ${command}`),
    ...noteLines(step.notes, page, '      '),
  ]
}

function stateWords(step: StepRecord): string {
  if (step.outcome === undefined) return 'not looked at'
  switch (step.outcome) {
    case 'ready':
    case 'changed':
      return 'ready'
    case 'would-change':
      return step.changes.every(({ effect }) => effect === 'create') ? 'not there' : 'differs'
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

/** Plain values share a line; lists and objects (nodes, pods) get a line for each member. */
function detailLines(detail: StepRecord['detail'], { theme, columns }: Page): readonly string[] {
  const entries = Object.entries(detail)
  const plain = entries.filter(([, value]) => isPlain(value) && value !== null && value !== '')
  const lists = entries.filter(([, value]) => !isPlain(value))
  const first = plain.map(([name, value]) => `${name} ${flat(value)}`).join(', ')
  return [
    ...(first === '' ? [] : wrap(oneLine(first), columns, '      ')),
    ...lists.flatMap(([name, value]) => memberLines(name, value)),
  ].map((line) => theme.faint(fit(line, columns, theme.signs.cut)))
}

const isPlain = (value: Json): value is string | number | boolean | null =>
  typeof value !== 'object' || value === null

function memberLines(name: string, value: Json): readonly string[] {
  const members = Array.isArray(value) ? (value as readonly Json[]) : Object.entries(value as object)
  if (members.length === 0) return []
  return [`      ${name}:`, ...members.map((member) => `        ${oneLine(flat(member as Json))}`)]
}

/** A value on one line: an object's own `name` first, then its other plain fields. */
function flat(value: Json): string {
  if (isPlain(value)) return String(value)
  if (Array.isArray(value)) return (value as readonly Json[]).map(flat).join(' ')
  const { name, ...rest } = value as { readonly [key: string]: Json }
  const fields = Object.entries(rest).map(([key, each]) => `${key} ${flat(each)}`)
  return [...(name === undefined ? [] : [flat(name)]), fields.join(', ')].join('  ').trim()
}

function verdict(steps: readonly StepRecord[], { theme, columns }: Page): readonly string[] {
  const open = steps.filter(({ outcome }) => outcome !== 'ready' && outcome !== 'changed').length
  const text =
    open === 0
      ? theme.good('All is as the profile says.')
      : theme.warn(`${open} of ${steps.length} not as the profile says.`)
  return wrap(text, columns)
}
