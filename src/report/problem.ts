import type { Place, Problem } from '../problems/problem.ts'
import type { World } from '../world.ts'
import type { StepRecord } from './record.ts'
import { fit, oneLine, wrap } from './text.ts'
import { createTheme, wantsColor, wantsUnicode } from './theme.ts'
import type { Theme } from './theme.ts'

/** Wider text is hard to read, however wide the terminal is. */
const readableColumns = 100
/** Per line of a tool's last words, in cells: AWS names who, what, on what and why not in one line. */
const longestEvidence = 520

/** A problem as lines: what it is, what happened here, what to do, and where more is written. */
export function problemLines(problem: Problem, theme: Theme, columns: number): readonly string[] {
  const width = Math.min(columns, readableColumns)
  if (problem.exit === 5) return wrap(saidNo(problem, theme), width)
  const head = `${theme.bad(`${theme.signs.bad} ${problem.code}`)} ${theme.strong(problem.title)}`
  return [
    ...wrap(head, width),
    ...problem.detail.split('\n').flatMap((line) => wrap(oneLine(line), width, '  ')),
    ...placeLines(problem),
    ...evidenceLines(problem, theme, width),
    ...wrap(problem.hint, width, '  ').map((line) => theme.faint(line)),
    ...pasteLines(problem),
    ...commandLines(problem, theme),
  ]
}

/**
 * One of several problems that are told one after the other, such as the faults of a profile: from the second
 * of a kind on a line is enough, and commands are not said again.
 */
export function nextProblemLines(
  problem: Problem,
  told: readonly Problem[],
  theme: Theme,
  columns: number,
): readonly string[] {
  const commands = new Set(told.flatMap(({ next }) => next))
  const news = { ...problem, next: problem.next.filter((command) => !commands.has(command)) }
  if (!told.some(({ code }) => code === problem.code)) return problemLines(news, theme, columns)
  const place = problem.place === undefined ? '' : `${placeText(problem.place)}  `
  const head = `${theme.bad(`${theme.signs.bad} ${problem.code}`)} ${place}${oneLine(problem.detail)}`
  return [...wrap(head, columns), ...commandLines(news, theme)]
}

/** The problems of some steps; one that another step, or one before it, has told already takes a line. */
export function problemsOf(
  some: readonly StepRecord[],
  all: readonly StepRecord[],
  { theme, columns }: { readonly theme: Theme; readonly columns: number },
): readonly string[] {
  const others = all.filter((step) => !some.includes(step))
  const told = new Set(others.flatMap(({ problem }) => (problem === undefined ? [] : [keyOf(problem)])))
  return some.flatMap(({ problem }) => {
    if (problem === undefined) return []
    if (told.has(keyOf(problem)))
      return [`${theme.bad(`${theme.signs.bad} ${problem.code}`)} as above: ${problem.title}`]
    told.add(keyOf(problem))
    return problemLines(problem, theme, columns)
  })
}

const keyOf = ({ code, detail }: Problem) => `${code} ${detail}`

/** A "no" is no fault: one soft line. */
const saidNo = ({ title, detail }: Problem, { warn, signs }: Theme) =>
  `${warn(signs.stopped)} ${title}. ${oneLine(detail)}`

/** Never wrapped: they are there to be copied. */
const commandLines = ({ next }: Problem, theme: Theme): readonly string[] =>
  next.map((command) => `    ${theme.change('$')} ${command}`)

/** Whole, whatever the width: half of it helps nobody. */
const pasteLines = ({ paste }: Problem): readonly string[] =>
  paste === undefined
    ? []
    : [
        `  For ${oneLine(paste.into)}:`,
        ...paste.text.split('\n').map((line) => `    ${/^ */.exec(line)?.[0]}${oneLine(line)}`),
      ]

const placeLines = ({ place }: Problem): readonly string[] =>
  place === undefined ? [] : [`  at ${placeText(place)}`]

const placeText = ({ file, line, column }: Place): string =>
  [file, line, column].filter((part) => part !== undefined).join(':')

/** A tool's last words, unless they are what the detail says anyway. */
function evidenceLines({ evidence = [], detail }: Problem, theme: Theme, columns: number): readonly string[] {
  const news = evidence.length === 1 && detail.includes(evidence[0] ?? '') ? [] : evidence
  return news.flatMap((line) => {
    const shown = fit(oneLine(line), longestEvidence, theme.signs.cut)
    return wrap(shown, columns, '  | ').map((each) => theme.faint(each))
  })
}

/** A problem as text for stderr, where there is no run to report on: a fault of the command line itself. */
export function renderProblem(problem: Problem, world: Pick<World, 'env' | 'platform' | 'stderr'>): string {
  const color = wantsColor('auto', world.env, world.stderr)
  const theme = createTheme({ color, unicode: wantsUnicode(world.env, world.platform) })
  return `${problemLines(problem, theme, world.stderr.columns).join('\n')}\n`
}
