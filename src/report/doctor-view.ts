import { grouped } from './plan-view.ts'
import { problemLines } from './problem.ts'
import type { StepRecord } from './record.ts'
import { consentLines, noteLines, outcomeWords, stepSign } from './step-lines.ts'
import type { Page } from './step-lines.ts'
import { oneLine, wrap } from './text.ts'
import { counted } from './units.ts'

/** What `devk8s doctor` shows: every check by name; each that fails with why it matters and what mends it. */
export function renderDoctor(steps: readonly StepRecord[], page: Page): string {
  const lines = grouped(steps).flatMap(({ name, steps: members }) => [
    '',
    page.theme.strong(name),
    ...members.flatMap((step) => checkLines(step, steps, page)),
  ])
  return `${[...lines.slice(1), '', ...verdict(steps, page)].join('\n')}\n`
}

function checkLines(step: StepRecord, steps: readonly StepRecord[], page: Page): readonly string[] {
  const { theme, columns } = page
  // What `up` will bring about is nothing that a person has to mend.
  const words =
    step.outcome !== 'would-change'
      ? outcomeWords(step, steps)
      : step.problem === undefined
        ? 'devk8s up brings it about'
        : ''
  const head = `${stepSign(step, theme)} ${oneLine(step.title)}${words === '' ? '' : theme.faint(`  ${words}`)}`
  return [
    ...wrap(head, columns, '  '),
    ...(step.problem === undefined
      ? []
      : problemLines(step.problem, theme, columns - 4).map((line) => `    ${line}`)),
    ...consentLines(step, page),
    ...noteLines(step.notes, page, '      '),
  ]
}

function verdict(steps: readonly StepRecord[], { theme, columns }: Page): readonly string[] {
  const bad = steps.filter(
    ({ outcome, problem }) => outcome === 'blocked' || outcome === 'failed' || problem !== undefined,
  ).length
  const warnings = steps.flatMap(({ notes }) => notes).filter(({ level }) => level === 'warning').length
  const also = warnings === 0 ? '' : ` ${counted(warnings, 'warning')}.`
  const text =
    bad === 0
      ? `${theme.good('Nothing that you need to mend.')}${also}`
      : `${theme.bad(`${counted(bad, 'check')} of ${steps.length} failed.`)}${also} The commands above mend them.`
  return wrap(text, columns)
}
