import type { Redaction } from '../engine/redact.ts'
import { cleanEvent, cleanJson } from '../engine/redact.ts'
import type { Json } from '../ports/event.ts'
import type { OutStream } from '../world.ts'
import type { ResultDocument } from './document.ts'
import { emptyRecord, record } from './record.ts'
import type { RunRecord, StepRecord } from './record.ts'
import type { ReportEnd, Reporter } from './reporter.ts'

export interface JsonOptions {
  readonly stdout: OutStream
  readonly showCommands: boolean
  /** Cleans values before they are encoded: in the encoded text a secret may no longer look like one. */
  readonly redaction: Redaction
}

/** `--json`: nothing until the end, then one document on stdout. */
export function createJsonReporter({ stdout, showCommands, redaction }: JsonOptions): Reporter {
  let run: RunRecord = emptyRecord
  return {
    emit(event) {
      run = record(run, event)
    },
    close(end) {
      const document = jsonDocument(run, end, { showCommands })
      stdout.write(`${JSON.stringify(cleanJson(document as unknown as Json, redaction), null, 2)}\n`)
    },
  }
}

/** `--output ndjson`: each event as it is, one a line; last, where there is one, `{type: 'answer', value}`. */
export function createNdjsonReporter({ stdout, redaction }: Omit<JsonOptions, 'showCommands'>): Reporter {
  return {
    emit(event) {
      stdout.write(`${JSON.stringify(cleanEvent(event, redaction))}\n`)
    },
    close({ value }) {
      if (value === undefined) return
      stdout.write(`${JSON.stringify({ type: 'answer', value: cleanJson(value, redaction) })}\n`)
    },
  }
}

/** A run as the document of `schemas/result.v1.json`. Steps that were never finished are `later`. */
export function jsonDocument(
  run: RunRecord,
  end: ReportEnd,
  { showCommands }: { readonly showCommands: boolean },
): ResultDocument {
  const exit = run.finished?.exit ?? 70
  const problems = [
    ...run.problems,
    ...run.steps.flatMap(({ problem }) => (problem === undefined ? [] : [problem])),
  ]
  const notes = [...run.notes, ...run.steps.flatMap((step) => step.notes)]
  return {
    schema: 'devk8s.dev/result/v1',
    command: run.command,
    version: run.version,
    ok: exit === 0,
    exit,
    profile: run.profile ?? null,
    rehearsal: run.rehearsal ?? null,
    mode: run.mode,
    durationMs: Math.round(run.finished?.durationMs ?? 0),
    changesNeeded: end.result?.changesNeeded ?? false,
    steps: run.steps.map(stepDocument),
    warnings: notes.filter(({ level }) => level === 'warning').map(({ text }) => text),
    ...(showCommands ? { commands: run.commands.map((each) => ({ ...each, argv: [...each.argv] })) } : {}),
    result: end.value ?? null,
    error: problems.length === 0 ? null : { problems: problems.map(problemDocument) },
    next: [...(run.finished?.next ?? [])],
  }
}

function stepDocument(step: StepRecord): ResultDocument['steps'][number] {
  const { id, kind, title, needs, outcome, changes, notes, detail, durationMs, problem, consent } = step
  return {
    id,
    kind,
    title,
    needs: [...needs],
    outcome: outcome ?? 'later',
    changes: [...changes],
    notes: [...notes],
    detail,
    durationMs,
    ...(problem === undefined ? {} : { problem: problemDocument(problem) }),
    ...(consent === undefined ? {} : { consent: { ...consent, details: [...consent.details] } }),
  }
}

type ProblemDocument = NonNullable<ResultDocument['error']>['problems'][number]

function problemDocument(problem: NonNullable<StepRecord['problem']>): ProblemDocument {
  const { code, title, exit, hint, detail, next, place, evidence, paste } = problem
  return {
    code,
    title,
    exit,
    hint,
    detail,
    next: [...next],
    ...(place === undefined ? {} : { place }),
    ...(evidence === undefined ? {} : { evidence: [...evidence] }),
    ...(paste === undefined ? {} : { paste }),
  }
}
