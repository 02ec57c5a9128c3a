import type { Finding, Kind, Lane, Runner, Step, StepContext } from '../plan/step.ts'
import type { Change, Consent, EventBody, Json, Note, Outcome } from '../ports/event.ts'
import type { Ports } from '../ports/ports.ts'
import type { Question } from '../ports/prompts.ts'
import { bugProblem } from '../problems/bugs.ts'
import type { Problem } from '../problems/problem.ts'
import { isDevK8sError, problem } from '../problems/problem.ts'
import { notSettled } from '../problems/state.ts'
import type { Gate } from './gate.ts'
import type { Memory } from './memory.ts'
import { readOnlyPorts } from './read-only.ts'
import type { StepResult } from './result.ts'
import type { RunOptions } from './options.ts'

/** What the steps of one run share. */
export interface Shared {
  readonly options: RunOptions
  readonly memory: Memory
  readonly checks: Gate
  readonly lanes: Readonly<Record<Lane, Gate>>
  /** One question at a time. */
  readonly questions: Gate
  /** How many changes each lane has seen end; tells whether a finding may be out of date. */
  readonly changesEnded: Map<Lane, number>
}

type Needed = Extract<Finding, { state: 'absent' | 'drifted' }>

/** What a finding leads to: the end of the step, or a change. */
type Verdict = { readonly ending: Ending } | { readonly needed: Needed }

/** How a step ended, as far as its own work goes. */
interface Ending {
  readonly outcome: Outcome
  readonly changes?: readonly Change[]
  readonly problem?: Problem
  readonly consent?: Consent
}

/** Carries out one step whose needs are met: check, and in change mode consent, apply, check again. */
export async function runStep<K extends Kind>(
  step: Step<K>,
  load: () => Promise<Runner<K>>,
  shared: Shared,
): Promise<StepResult> {
  return new StepWork(step, shared).run(load)
}

/** A step that is not looked at: behind an unmet need (`later`), or next when the run was interrupted. */
export function passedOver(step: Step, outcome: 'later' | 'cancelled', options: RunOptions): StepResult {
  const result = { outcome, changes: [], notes: [], detail: {}, durationMs: 0 }
  options.emit({ type: 'step.finished', id: step.id, ...result })
  return { id: step.id, kind: step.kind, title: step.title, ...result }
}

class StepWork<K extends Kind> {
  readonly #step: Step<K>
  readonly #shared: Shared
  /** Said through the context as the work went on. */
  readonly #said: Note[] = []
  /** Found by checks, warnings by the last one alone; told when the step is finished. */
  #found: readonly Note[] = []
  readonly #detail: Record<string, Json> = {}
  #hasBegunChange = false
  /** Time of work: waiting for a turn or for an answer does not count. */
  #workedMs = 0

  constructor(step: Step<K>, shared: Shared) {
    this.#step = step
    this.#shared = shared
  }

  async run(load: () => Promise<Runner<K>>): Promise<StepResult> {
    try {
      const runner = await load()
      const finding = await this.#check(runner)
      const verdict = this.#verdict(finding)
      if ('ending' in verdict) return this.#result(verdict.ending)
      const { lanes, options } = this.#shared
      const ended = this.#shared.changesEnded.get(runner.lane) ?? 0
      const lane = lanes[runner.lane]
      if (lane.isFull())
        this.#emit({ type: 'step.progress', id: this.#step.id, message: 'waiting for its turn' })
      // Told before the lane is free: else the next change would be heard to begin before this one's end.
      return await lane.through(options.signal, async () =>
        this.#result(await this.#change(runner, finding, ended)),
      )
    } catch (error) {
      return this.#result(this.#thrown(error))
    }
  }

  #result(ending: Ending): StepResult {
    const { id, kind, title } = this.#step as Step
    const common = {
      outcome: ending.outcome,
      changes: ending.changes ?? [],
      detail: this.#detail,
      durationMs: Math.round(this.#workedMs),
      ...(ending.problem === undefined ? {} : { problem: ending.problem }),
      ...(ending.consent === undefined ? {} : { consent: ending.consent }),
    }
    this.#emit({ type: 'step.finished', id, ...common, notes: this.#found })
    return { id, kind, title, ...common, notes: [...this.#said, ...this.#found] }
  }

  #verdict(finding: Finding): Verdict {
    switch (finding.state) {
      case 'ready':
        return { ending: { outcome: 'ready', changes: finding.changes ?? [] } }
      case 'blocked':
        // What a tool that was told to stop has said is no finding.
        if (this.#shared.options.signal.aborted) return { ending: { outcome: 'cancelled' } }
        return { ending: { outcome: 'blocked', problem: finding.problem } }
      case 'absent':
      case 'drifted':
        return this.#shared.options.mode === 'look' ? { ending: wouldChange(finding) } : { needed: finding }
    }
  }

  /** Within the lane. A finding made before another change in the lane ended is made again. */
  async #change(runner: Runner<K>, first: Finding, ended: number): Promise<Ending> {
    const { changesEnded } = this.#shared
    const isStale = (changesEnded.get(runner.lane) ?? 0) !== ended
    const verdict = this.#verdict(isStale ? await this.#check(runner) : first)
    if ('ending' in verdict) return verdict.ending
    const { needed } = verdict
    const { changes } = needed
    try {
      const refused = await this.#askFor(needed)
      if (refused !== undefined) return { ...refused, changes }
      await this.#apply(runner, needed)
      return await this.#settle(runner, changes)
    } catch (error) {
      return { ...this.#thrown(error), changes }
    }
  }

  /** undefined: go on. */
  async #askFor(finding: Needed): Promise<Ending | undefined> {
    const { consent } = finding
    if (consent === undefined) return undefined
    const { questions, options } = this.#shared
    try {
      const answer = await questions.through(options.signal, async () => {
        this.#emit({ type: 'step.progress', id: this.#step.id, asking: true })
        try {
          return await options.ports.prompts.ask(consent, options.signal)
        } finally {
          this.#emit({ type: 'step.progress', id: this.#step.id, asking: false })
        }
      })
      return answer === false ? { outcome: 'declined' } : undefined
    } catch (error) {
      return this.#thrown(error)
    }
  }

  async #apply(runner: Runner<K>, finding: Needed): Promise<void> {
    const { options, memory, changesEnded } = this.#shared
    options.signal.throwIfAborted()
    this.#hasBegunChange = true
    this.#emit({ type: 'step.started', id: this.#step.id, phase: 'apply' })
    try {
      await this.#timed(() => runner.apply(this.#step, finding, this.#context(options.ports)))
    } finally {
      memory.forget()
      changesEnded.set(runner.lane, (changesEnded.get(runner.lane) ?? 0) + 1)
    }
  }

  /** Checks after the change, until ready or until `settleMs` are over. */
  async #settle(runner: Runner<K>, changes: readonly Change[]): Promise<Ending> {
    const { memory, options } = this.#shared
    const { clock } = options.ports
    const begun = clock.monotonic()
    for (;;) {
      const finding = await this.#check(runner)
      if (finding.state === 'ready') return { outcome: 'changed', changes }
      if (options.signal.aborted) return { outcome: 'cancelled', changes }
      // Exit 4 means that a person must act first: no waiting brings that about.
      if (finding.problem?.exit === 4) return { outcome: 'failed', changes, problem: finding.problem }
      const leftMs = begun + runner.settleMs - clock.monotonic()
      if (leftMs <= 0)
        return { outcome: 'failed', changes, problem: this.#unsettled(finding, runner.settleMs) }
      this.#emit({ type: 'step.settling', id: this.#step.id })
      const pauseMs = Math.min(options.settleEveryMs ?? defaultSettleEveryMs, leftMs)
      await this.#timed(() => clock.sleep(pauseMs, options.signal))
      memory.forget()
    }
  }

  #unsettled(finding: Exclude<Finding, { state: 'ready' }>, settleMs: number): Problem {
    if (finding.state === 'blocked') return finding.problem
    if (finding.problem !== undefined) return finding.problem
    const missing = finding.changes.map(({ field, to }) => (to === undefined ? field : `${field} = ${to}`))
    const wait = settleMs > 0 ? ` after ${Math.round(settleMs / 1000)} s of waiting` : ''
    return problem(notSettled, {
      detail: `${(this.#step as Step).title}${wait}: ${missing.length > 0 ? `not there: ${missing.join(', ')}` : `still ${finding.state}`}.`,
      next: ['devk8s status', 'devk8s up'],
    })
  }

  async #check(runner: Runner<K>): Promise<Finding> {
    const { checks, options } = this.#shared
    const finding = await checks.through(options.signal, async () => {
      this.#emit({ type: 'step.started', id: this.#step.id, phase: 'check' })
      return this.#timed(() => runner.check(this.#step, this.#context(readOnlyPorts(options.ports))))
    })
    Object.assign(this.#detail, finding.detail)
    // What an earlier check warned of may be mended by now.
    const told = this.#found.filter(({ level }) => level === 'info')
    this.#found = distinct([...told, ...(finding.notes ?? [])])
    return finding
  }

  #context(ports: Ports): StepContext {
    const { options, memory } = this.#shared
    const { id } = this.#step
    return {
      ports,
      env: options.env,
      signal: options.signal,
      progress: (what) => this.#emit({ type: 'step.progress', id, ...what }),
      note: (note) => {
        this.#said.push(note)
        this.#emit({ type: 'note', step: id, ...note })
      },
      once: (key, read) => memory.once(key, read),
    }
  }

  /**
   * A rejection while the run is being stopped is the stop, whatever the tool made of it. A problem thrown
   * before anything was changed blocks the step; after that the change has failed.
   */
  #thrown(error: unknown): Ending {
    if (this.#shared.options.signal.aborted) return { outcome: 'cancelled' }
    if (!isDevK8sError(error)) {
      return { outcome: 'failed', problem: bugProblem(error, `working on "${(this.#step as Step).title}"`) }
    }
    const [first, ...more] = error.problems
    for (const each of more) this.#emit({ type: 'problem', problem: each })
    return { outcome: this.#hasBegunChange ? 'failed' : 'blocked', problem: first }
  }

  async #timed<T>(work: () => Promise<T>): Promise<T> {
    const { clock } = this.#shared.options.ports
    const begun = clock.monotonic()
    try {
      return await work()
    } finally {
      this.#workedMs += clock.monotonic() - begun
    }
  }

  #emit(event: EventBody): void {
    this.#shared.options.emit(event)
  }
}

const distinct = (notes: readonly Note[]): readonly Note[] =>
  notes.filter(({ text }, index) => notes.findIndex((each) => each.text === text) === index)

const wouldChange = ({ changes, consent, problem: broken }: Needed): Ending => ({
  outcome: 'would-change',
  changes,
  ...consentOf(consent),
  ...(broken === undefined ? {} : { problem: broken }),
})

/** What of a question those need to know who are not asked it now. */
function consentOf(question: Question | undefined): { readonly consent?: Consent } {
  if (question === undefined) return {}
  const { id, text, details = [], flag } = question
  return { consent: { id, text, details, flag } }
}

const defaultSettleEveryMs = 1000
