import fc from 'fast-check'
import { expect, test } from 'vitest'
import { progressLines } from '../../src/report/progress.ts'
import { emptyRecord, record } from '../../src/report/record.ts'
import { widthOf } from '../../src/report/text.ts'
import { createTheme } from '../../src/report/theme.ts'
import { at, startedAt } from './scene.ts'

const text = fc.string({ unit: 'grapheme', maxLength: 200 })
const amount = fc.double({ min: 0, max: 1e13, noNaN: true })

test('whatever a tool says, no line of the region is wider than the page, and none holds a line end', () => {
  fc.assert(
    fc.property(
      fc.record({ title: text, message: text, bytes: amount, totalBytes: amount, bytesPerS: amount }),
      fc.integer({ min: 20, max: 200 }),
      fc.boolean(),
      ({ title, ...progress }, columns, color) => {
        const run = [
          at(0, {
            type: 'plan.ready',
            steps: [{ id: 'a', kind: 'tool.present', title, needs: [] }],
            mode: 'change',
          }),
          at(0, { type: 'step.started', id: 'a', phase: 'apply' }),
          at(1, { type: 'step.progress', id: 'a', ...progress }),
        ].reduce(record, emptyRecord)
        const theme = createTheme({ color, unicode: true })
        const lines = progressLines(run, { nowMs: startedAt + 3000, frame: 3 }, { theme, columns })
        expect(lines.length).toBeGreaterThanOrEqual(2)
        for (const line of lines) {
          expect(widthOf(line)).toBeLessThanOrEqual(columns)
          expect(line).not.toContain('\n')
        }
      },
    ),
  )
})

test('many at once: four in full, the others by number; checks of the machine as one', () => {
  const ids = ['a', 'b', 'c', 'd', 'e', 'f']
  const run = [
    at(0, {
      type: 'plan.ready',
      mode: 'change',
      steps: ids.map((id) => ({
        id,
        kind: id < 'b' ? 'machine.fit' : 'addon.ready',
        title: `Step ${id}`,
        needs: [],
      })),
    }),
    ...ids.map((id) => at(0, { type: 'step.started', id, phase: 'check' })),
  ].reduce(record, emptyRecord)
  const theme = createTheme({ color: false, unicode: false })
  expect(progressLines(run, { nowMs: startedAt + 1000, frame: 1 }, { theme, columns: 30 })).toEqual([
    '/ Machine                  0/1',
    '/ Step b                  1.0s',
    '/ Step c                  1.0s',
    '/ Step d                  1.0s',
    '/ Step e                  1.0s',
    '  and 1 more',
  ])
})
