import type { Change } from '../ports/event.ts'
import type { RunResult } from '../engine/result.ts'
import { changeText } from './change-text.ts'
import { problemsOf } from './problem.ts'
import { isDiffering } from './record.ts'
import type { StepRecord } from './record.ts'
import { consentLines, machineLines, noteLines, outcomeWords, stepSign } from './step-lines.ts'
import type { Page } from './step-lines.ts'
import { oneLine, wrap } from './text.ts'
import type { Theme } from './theme.ts'
import { counted } from './units.ts'

/** The parts of a plan as people think of them, by the kinds of steps in each. */
export const groups: readonly { readonly name: string; readonly kinds: readonly string[] }[] = [
  { name: 'Machine', kinds: ['machine.fit', 'context.possible'] },
  { name: 'Tools', kinds: ['tool.present'] },
  { name: 'Cluster', kinds: ['cluster.running', 'cluster.stopped', 'cluster.absent'] },
  { name: 'Add-ons', kinds: ['addon.absent', 'addon.ready'] },
  {
    name: 'AWS',
    kinds: [
      'aws-identity.admitted',
      'aws-agent.running',
      'upkeep.recorded',
      'upkeep.fresh',
      'aws-routes.present',
      'aws-keys.absent',
      'broker.absent',
      'registry-push.impossible',
    ],
  },
  { name: 'Kubernetes objects', kinds: ['manifests.usable', 'objects.applied', 'sample.served'] },
  {
    name: 'Contexts',
    kinds: [
      'context.present',
      'context.absent',
      'launcher.present',
      'remote-context.present',
      'remote-contexts.trimmed',
    ],
  },
]

/** The steps by group, groups in their order; kinds that no group names come last, under "Files". */
export function grouped(
  steps: readonly StepRecord[],
): readonly { name: string; steps: readonly StepRecord[] }[] {
  const named = groups.map(({ name, kinds }) => ({
    name,
    steps: steps.filter(({ kind }) => kinds.includes(kind)),
  }))
  const known = new Set(groups.flatMap(({ kinds }) => kinds))
  return [...named, { name: 'Files', steps: steps.filter(({ kind }) => !known.has(kind)) }].filter(
    (group) => group.steps.length > 0,
  )
}

/**
 * Steps of a result as listeners know them: with `needs` from the plan's events, and with the commands of problems as
 * this person can run them, where the events told of them.
 */
export function recordsOf(
  result: Pick<RunResult, 'steps'>,
  known: readonly StepRecord[] = [],
): readonly StepRecord[] {
  const byId = new Map(known.map((step) => [step.id, step]))
  return result.steps.map((step) => {
    const told = byId.get(step.id)
    const problem = told?.problem?.code === step.problem?.code ? told?.problem : step.problem
    return { ...step, needs: told?.needs ?? [], ...(problem === undefined ? {} : { problem }) }
  })
}

/** What `devk8s plan` shows: each group's steps, what would change in each, and a count. */
export function renderPlan(steps: readonly StepRecord[], page: Page): string {
  const lines = grouped(steps).flatMap(({ name, steps: members }) => {
    if (name === 'Machine') return ['', ...machineLines(members, page)]
    return ['', page.theme.strong(name), ...members.flatMap((step) => planLines(step, steps, page))]
  })
  const blocks = steps.flatMap((step, at) =>
    // What a change mends is told by the change.
    step.problem === undefined || step.outcome === 'would-change'
      ? []
      : ['', ...problemsOf([step], steps.slice(0, at + 1), page)],
  )
  return `${[...lines.slice(1), ...blocks, '', ...countLines(steps, page)].join('\n')}\n`
}

function planLines(step: StepRecord, steps: readonly StepRecord[], page: Page): readonly string[] {
  const { theme, columns } = page
  const words = step.outcome === 'would-change' ? '' : outcomeWords(step, steps)
  const sign =
    step.outcome === 'would-change' || isDiffering(step)
      ? mainSign(step.changes, theme)
      : stepSign(step, theme)
  const head = `${sign} ${oneLine(step.title)}${words === '' ? '' : theme.faint(`  ${words}`)}`
  return [
    ...wrap(head, columns, '  '),
    ...step.changes.flatMap((change) => wrap(changeText(change, theme), columns, '      ')),
    ...consentLines(step, page),
    ...noteLines(step.notes, page, '      '),
  ]
}

/** The gravest effect speaks for the step; what is taken away in one place and made in another is changed. */
function mainSign(changes: readonly Change[], theme: Theme): string {
  const effects = new Set(changes.map(({ effect }) => effect))
  if (effects.has('unsupported')) return theme.bad(theme.signs.bad)
  if (effects.has('recreate')) return theme.bad(theme.signs.recreate)
  if (effects.has('remove'))
    return effects.size === 1 ? theme.bad(theme.signs.remove) : theme.warn(theme.signs.modify)
  if (effects.has('restart') || (effects.has('in-place') && !effects.has('create')))
    return theme.warn(theme.signs.modify)
  return theme.good(theme.signs.create)
}

function countLines(steps: readonly StepRecord[], { theme, columns }: Page): readonly string[] {
  const count = (outcome: StepRecord['outcome']) => steps.filter((step) => step.outcome === outcome).length
  const later = count('later')
  const differing = steps.filter(isDiffering).length
  const blocked = count('blocked') + count('failed')
  const parts = [
    counted(count('would-change'), 'change'),
    ...(later > 0 ? [`${later} more behind them`] : []),
    ...(blocked > 0 ? [`${blocked} blocked`] : []),
    ...(differing > 0 ? [`${differing} needing --recreate`] : []),
    `${count('ready') - differing} as wanted`,
  ]
  const isDone = count('ready') - differing === steps.length
  const text = isDone
    ? `Nothing to change: all is as wanted (${counted(steps.length, 'check')}).`
    : `Plan: ${parts.join(', ')}. Nothing was changed.`
  return wrap(isDone ? theme.good(text) : text, columns)
}
