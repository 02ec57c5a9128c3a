import type { Choice, Question } from '../ports/prompts.ts'
import type { ProfileOverrides } from './request.ts'

/** What the first run knows before it asks: only what cannot be found out is asked. */
export interface FirstRun {
  /** The bundled profiles; empty or one when a file was found or a flag named it. */
  readonly profiles: readonly Choice[]
  /** The one to take without asking, e.g. `default`. */
  readonly defaultProfile: string
  /** Drivers that would work on this machine, the best first. */
  readonly drivers: readonly Choice[]
  /** What the machine has, or what Docker was given of it. */
  readonly availableMiB: number
  /** What `auto` would give the cluster. */
  readonly suggestedMiB: number
  /** Dotted paths that a flag, a variable, the profile or an earlier answer has settled. */
  readonly settled: ReadonlySet<string>
}

export interface FirstRunAnswers {
  /** Undefined when it was not asked. */
  readonly profile?: string
  readonly overrides: ProfileOverrides
}

type Select = Extract<Question, { kind: 'select' }>

const profileId = 'first-run.profile'
const driverId = 'first-run.driver'
const memoryId = 'first-run.memory'
const sizesMiB = [4096, 6144, 8192, 12_288, 16_384]
const leastMiB = 3072

/** The questions of a first run, in order; none when everything is known. */
export function firstRunQuestions(known: FirstRun): readonly Select[] {
  return [
    ...(known.profiles.length > 1 ? [profileQuestion(known)] : []),
    ...(known.drivers.length > 1 && !known.settled.has('cluster.driver') ? [driverQuestion(known)] : []),
    ...(known.settled.has('cluster.memory') ? [] : memoryQuestions(known)),
  ]
}

/**
 * What the answers, by question id, mean. `auto` is the profile's own default, so it overrides nothing: a
 * machine that gets more memory later is then served better.
 */
export function readFirstRunAnswers(answers: Readonly<Record<string, string>>): FirstRunAnswers {
  const profile = answers[profileId]
  const driver = answers[driverId]
  const memory = answers[memoryId]
  return {
    ...(profile === undefined ? {} : { profile }),
    overrides: {
      ...(driver === undefined || driver === 'auto' ? {} : { 'cluster.driver': driver }),
      ...(memory === undefined || memory === 'auto' ? {} : { 'cluster.memory': memory }),
    },
  }
}

function profileQuestion({ profiles, defaultProfile }: FirstRun): Select {
  return {
    kind: 'select',
    id: profileId,
    text: 'Which profile should this machine follow?',
    // What most want comes first, and Enter takes it.
    choices: profiles.toSorted(
      (a, b) => Number(b.value === defaultProfile) - Number(a.value === defaultProfile),
    ),
    fallback: defaultProfile,
    flag: `--profile ${defaultProfile}`,
  }
}

function driverQuestion({ drivers }: FirstRun): Select {
  const best = drivers[0]?.value ?? 'auto'
  return {
    kind: 'select',
    id: driverId,
    text: 'What should run the cluster’s node?',
    choices: drivers,
    fallback: best,
    flag: `--driver ${best}`,
  }
}

function memoryQuestions({ availableMiB, suggestedMiB }: FirstRun): readonly Select[] {
  // More than half would starve the person's own programs.
  const fitting = sizesMiB.filter(
    (size) => size <= availableMiB / 2 && size >= leastMiB && size !== suggestedMiB,
  )
  if (fitting.length === 0) return []
  const suggested = { value: 'auto', label: `${renderGiB(suggestedMiB)} (suggested)` }
  return [
    {
      kind: 'select',
      id: memoryId,
      text: `How much of the ${renderGiB(availableMiB)} of memory may the cluster use?`,
      choices: [suggested, ...fitting.map((size) => ({ value: `${size}Mi`, label: renderGiB(size) }))],
      fallback: 'auto',
      flag: '--memory auto',
    },
  ]
}

function renderGiB(mib: number): string {
  return `${Math.round((mib / 1024) * 10) / 10} GiB`
}
