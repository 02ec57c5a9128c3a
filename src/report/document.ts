import * as v from 'valibot'

/**
 * The one document that `--json` prints, published as JSON Schema. Additions are compatible; what is here
 * keeps its name and meaning as long as `schema` says v1. Loaded by the schema's generator and by tests:
 * writing a document needs only its type.
 */

const jsonValue: v.GenericSchema = v.any()

const change = v.strictObject({
  field: v.pipe(v.string(), v.description('A dotted path such as cluster.memoryMiB, or a path on disk.')),
  from: v.exactOptional(v.string()),
  to: v.exactOptional(v.string()),
  effect: v.picklist(['create', 'in-place', 'restart', 'recreate', 'remove', 'unsupported']),
})

const problem = v.strictObject({
  code: v.pipe(
    v.string(),
    v.regex(/^DK[0-9]{4}$/),
    v.description('Stable. Its page: docs/problems/<code>.md'),
  ),
  title: v.string(),
  exit: v.pipe(v.number(), v.integer()),
  hint: v.string(),
  detail: v.string(),
  next: v.pipe(v.array(v.string()), v.description('Commands to paste, the best first.')),
  place: v.exactOptional(
    v.strictObject({
      file: v.string(),
      line: v.exactOptional(v.pipe(v.number(), v.integer(), v.minValue(1))),
      column: v.exactOptional(v.pipe(v.number(), v.integer(), v.minValue(1))),
    }),
  ),
  evidence: v.exactOptional(v.array(v.string())),
  paste: v.exactOptional(
    v.pipe(
      v.strictObject({ into: v.string(), text: v.string() }),
      v.description('Text to be put elsewhere, such as a statement of a policy.'),
    ),
  ),
})

const note = v.strictObject({ level: v.picklist(['info', 'warning']), text: v.string() })

const consent = v.strictObject({
  id: v.string(),
  text: v.string(),
  details: v.array(v.string()),
  flag: v.pipe(v.string(), v.description('The flag that answers it with yes.')),
})

const step = v.strictObject({
  id: v.string(),
  kind: v.string(),
  title: v.string(),
  needs: v.array(v.string()),
  outcome: v.pipe(
    v.picklist(['ready', 'changed', 'would-change', 'later', 'blocked', 'failed', 'declined', 'cancelled']),
    v.description('later: behind an unmet need, so it was not looked at.'),
  ),
  changes: v.pipe(
    v.array(change),
    v.description('With ready: differences of effect recreate, which only --recreate mends.'),
  ),
  notes: v.array(note),
  detail: v.pipe(v.record(v.string(), jsonValue), v.description('What the check read; by kind of step.')),
  durationMs: v.number(),
  problem: v.exactOptional(problem),
  consent: v.exactOptional(
    v.pipe(consent, v.description('With would-change: what would be asked before the change.')),
  ),
})

const command = v.strictObject({
  tool: v.string(),
  argv: v.array(v.string()),
  changes: v.boolean(),
  outcome: v.string(),
  exitCode: v.nullable(v.number()),
  durationMs: v.number(),
  simulated: v.boolean(),
})

export const resultDocument = v.strictObject({
  schema: v.literal('devk8s.dev/result/v1'),
  command: v.string(),
  version: v.string(),
  ok: v.pipe(v.boolean(), v.description('True exactly when exit is 0.')),
  exit: v.pipe(v.number(), v.integer(), v.description("The process's exit code.")),
  profile: v.nullable(v.string()),
  rehearsal: v.pipe(
    v.nullable(v.string()),
    v.description('Folder of the simulated laptop; null when all is real.'),
  ),
  mode: v.picklist(['look', 'change']),
  durationMs: v.number(),
  changesNeeded: v.boolean(),
  steps: v.array(step),
  warnings: v.array(v.string()),
  commands: v.exactOptional(v.array(command)),
  result: v.pipe(jsonValue, v.description('The answer of a command that asks, else null.')),
  error: v.nullable(v.strictObject({ problems: v.pipe(v.array(problem), v.minLength(1)) })),
  next: v.array(v.string()),
})

export type ResultDocument = v.InferOutput<typeof resultDocument>
