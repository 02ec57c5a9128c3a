import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { realFiles } from '../../src/adapters/files.ts'
import { createJournal } from '../../src/engine/journal.ts'
import { createRedaction } from '../../src/engine/redact.ts'
import type { Event } from '../../src/ports/event.ts'
import { bugProblem } from '../../src/problems/bugs.ts'

let base: string
beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'devk8s-journal-'))
})
afterEach(() => rm(base, { recursive: true }))

const at = Date.UTC(2026, 0, 2, 3, 4, 5, 678)
const check: Event = { at, type: 'step.started', id: 'a', phase: 'check' }
const apply: Event = { at, type: 'step.started', id: 'a', phase: 'apply' }
const note: Event = { at, type: 'note', level: 'info', text: 'token s3cr3t!/x' }
const picture: Event = { at, type: 'step.progress', id: 'a', fraction: 0.5 }

function journal(folder: string, keep?: number) {
  const redaction = createRedaction()
  redaction.remember('s3cr3t!/x')
  const input = { files: realFiles(), folder, command: 'up', startedAt: at, redaction }
  return createJournal(keep === undefined ? input : { ...input, keep })
}

describe('journal', () => {
  test('holds all that was said, from before the first change on, without secrets', async () => {
    const folder = join(base, 'journal')
    const { emit, close, path } = journal(folder)
    for (const event of [check, picture, note, apply, note]) emit(event)
    expect(await close()).toBeUndefined()
    expect(path).toBe(join(folder, '20260102T030405678Z-up.ndjson'))
    const lines = (await readFile(path, 'utf8'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Event)
    expect(lines).toEqual([check, { ...note, text: 'token ***' }, apply, { ...note, text: 'token ***' }])
  })

  test('a run that only looks leaves nothing behind', async () => {
    const { emit, close } = journal(join(base, 'journal'))
    emit(check)
    emit(note)
    await close()
    expect(await readdir(base)).toEqual([])
  })

  test('a bug is worth a journal without a change', async () => {
    const { emit, close, path } = journal(join(base, 'journal'))
    emit({ at, type: 'problem', problem: bugProblem(new Error('x'), 'testing') })
    await close()
    expect(await readFile(path, 'utf8')).toContain('DK9001')
  })

  test('the oldest go', async () => {
    for (const day of ['01', '02', '03']) await writeFile(join(base, `202512${day}T000000000Z-up.ndjson`), '')
    await writeFile(join(base, 'mine.txt'), '')
    const { emit, close } = journal(base, 2)
    emit(apply)
    await close()
    expect(await readdir(base)).toEqual([
      '20251203T000000000Z-up.ndjson',
      '20260102T030405678Z-up.ndjson',
      'mine.txt',
    ])
  })

  test('one that cannot be written is told and stops nothing', async () => {
    await writeFile(join(base, 'file'), '')
    const { emit, close } = journal(join(base, 'file', 'journal'))
    emit(apply)
    emit(note)
    expect(await close()).toMatchObject({ code: 'DK8020' })
  })
})
