import { Ajv2020 } from 'ajv/dist/2020.js'
import * as v from 'valibot'
import { describe, expect, test } from 'vitest'
import { createRedaction } from '../../src/engine/redact.ts'
import { resultDocument } from '../../src/report/document.ts'
import { documentJsonSchema } from '../../src/report/json-schema.ts'
import { createJsonReporter, createNdjsonReporter, jsonDocument } from '../../src/report/json.ts'
import { emptyRecord, record } from '../../src/report/record.ts'
import { at, captured, looked, upBlocked, upFinishes, upUnderWay } from './scene.ts'

const validate = new Ajv2020({ strict: true }).compile(documentJsonSchema())

const asking = at(1, {
  type: 'step.finished',
  id: 'cluster',
  outcome: 'would-change',
  changes: [],
  notes: [],
  detail: {},
  durationMs: 1,
  consent: { id: 'cluster.recreate', text: 'Delete it?', details: ['All is lost.'], flag: '--yes' },
})

const runs = {
  'a first up': [...upUnderWay, ...upFinishes],
  'a blocked up': upBlocked,
  'a plan': looked,
  'a plan that asks': [...looked, asking],
  'one that never ended': upUnderWay,
  nothing: [],
}

describe('the document', () => {
  test.each(Object.entries(runs))('%s is as the published schema says', (_, events) => {
    const document = jsonDocument(
      events.reduce(record, emptyRecord),
      { value: { any: [1] } },
      { showCommands: true },
    )
    expect(validate(JSON.parse(JSON.stringify(document)))).toBe(true)
    expect(v.parse(resultDocument, document)).toEqual(document)
  })

  test('a plan says what would be asked', () => {
    const run = runs['a plan that asks'].reduce(record, emptyRecord)
    const { steps } = jsonDocument(run, {}, { showCommands: false })
    expect(steps.find(({ id }) => id === 'cluster')?.consent).toEqual({
      id: 'cluster.recreate',
      text: 'Delete it?',
      details: ['All is lost.'],
      flag: '--yes',
    })
  })

  test('a first up', () => {
    const run = runs['a first up'].reduce(record, emptyRecord)
    const document = jsonDocument(run, {}, { showCommands: false })
    expect(document).toMatchObject({
      schema: 'devk8s.dev/result/v1',
      command: 'up',
      version: '0.1.0',
      ok: true,
      exit: 0,
      profile: 'aws',
      rehearsal: null,
      mode: 'change',
      durationMs: 90_000,
      warnings: ['Docker Desktop has only 4096 MiB.'],
      result: null,
      error: null,
      next: ['kubectl --context local get pods -A', 'devk8s status'],
    })
    expect(document).not.toHaveProperty('commands')
    expect(document.steps.map(({ id, outcome }) => `${id} ${outcome}`)).toEqual([
      'machine.cpus ready',
      'machine.driver ready',
      'tool.minikube changed',
      'tool.kubectl changed',
      'cluster changed',
      'addon.ingress changed',
      'context changed',
    ])
  })

  test('a blocked up carries its problem twice: at the step, and in error', () => {
    const document = jsonDocument(upBlocked.reduce(record, emptyRecord), {}, { showCommands: false })
    expect(document).toMatchObject({ ok: false, exit: 4, error: { problems: [{ code: 'DK6010' }] } })
    expect(document.steps[1]?.problem?.code).toBe('DK6010')
  })

  test('notes said on the way and found at the end are both there', () => {
    const events = [
      ...upUnderWay,
      at(9, { type: 'note', step: 'cluster', level: 'warning', text: 'The control plane was reset.' }),
      at(9, { type: 'note', level: 'warning', text: 'The journal was not written.' }),
    ] as const
    const document = jsonDocument(events.reduce(record, emptyRecord), {}, { showCommands: false })
    expect(document.warnings).toEqual([
      'The journal was not written.',
      'Docker Desktop has only 4096 MiB.',
      'The control plane was reset.',
    ])
  })
})

describe('writers', () => {
  const redaction = createRedaction()
  redaction.remember('hunter"22')
  const secretNote = at(1, { type: 'note', level: 'warning', text: 'token hunter"22' })

  test('json: one document, secrets masked', () => {
    const stdout = captured()
    const reporter = createJsonReporter({ stdout, showCommands: true, redaction })
    for (const event of [...upUnderWay, secretNote, ...upFinishes]) reporter.emit(event)
    expect(stdout.text).toBe('')
    reporter.close({ value: 'hunter"22' })
    const document = JSON.parse(stdout.text) as { warnings: string[]; result: string; commands: unknown[] }
    expect(document.warnings).toContain('token ***')
    expect(document.result).toBe('***')
    expect(document.commands).toHaveLength(1)
  })

  test('ndjson: the events, then the answer', () => {
    const stdout = captured()
    const reporter = createNdjsonReporter({ stdout, redaction })
    for (const event of looked) reporter.emit(event)
    reporter.emit(secretNote)
    reporter.close({ value: [1] })
    const lines = stdout.text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown)
    expect(lines.slice(0, looked.length)).toEqual(JSON.parse(JSON.stringify(looked)))
    expect(lines.slice(looked.length)).toEqual([
      { ...secretNote, text: 'token ***' },
      { type: 'answer', value: [1] },
    ])
    const silent = captured()
    createNdjsonReporter({ stdout: silent, redaction }).close({ text: 'for people' })
    expect(silent.text).toBe('')
  })
})
