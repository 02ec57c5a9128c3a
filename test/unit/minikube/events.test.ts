import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  firstLine,
  lastWords,
  namedError,
  parseEvent,
  parseEvents,
  parsePlainReason,
  tellsOfReset,
} from '../../../src/minikube/events.ts'
import { advance, noProgress, renderElapsed } from '../../../src/minikube/progress.ts'
import { recording } from '../../steps/cluster-world.ts'

const line = (type: string, data: object): string =>
  JSON.stringify({ specversion: '1.0', type: `io.k8s.sigs.minikube.${type}`, data })

test.each([
  ['step', { currentstep: '8', message: 'm', name: 'Creating Container', totalsteps: '19' }, { index: 8 }],
  ['step', { currentstep: '', message: 'Stopping', name: '', totalsteps: '' }, { index: -1 }],
  ['info', { message: 'm' }, { kind: 'info', message: 'm' }],
  ['warning', { message: 'm' }, { kind: 'warning', message: 'm' }],
  ['error', { message: 'm' }, { kind: 'error', message: 'm' }],
  [
    'error',
    { message: 'm', name: 'N', exitcode: '80', advice: 'a' },
    { named: { name: 'N', exitCode: 80, advice: 'a' } },
  ],
  // Recorded 081: a template that leaked is no advice.
  [
    'error',
    { message: 'm', name: 'N', exitcode: 'x', advice: '{{.advised}}' },
    { named: { advice: '', exitCode: undefined } },
  ],
  ['download', { artifact: 'kicbase' }, { kind: 'download', artifact: 'kicbase' }],
  ['download.progress', { artifact: 'kicbase', progress: '0.5' }, { fraction: 0.5 }],
  ['something.new', { message: 'm' }, { kind: 'plain' }],
])('event %s %o', (type, data, expected) => {
  expect(parseEvent(line(type, data))).toMatchObject(expected)
})

test('a line that is no event is kept as text; an empty one is nothing', () => {
  expect(parseEvent('* Something {')).toEqual({ kind: 'plain', text: '* Something {' })
  expect(parseEvent('{"half":')).toMatchObject({ kind: 'plain' })
  expect(parseEvent('   ')).toBeUndefined()
})

test('nothing a program prints makes it throw', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
      expect(Array.isArray(parseEvents(text))).toBe(true)
    }),
  )
})

describe('recordings', () => {
  test.each([
    ['running-k8s-113', true, undefined],
    ['running-k8s-125', true, 'GUEST_PROVISION'],
    ['running-k8s-112', false, undefined],
    ['running-k8s-001', false, undefined],
    ['114', false, 'GUEST_PROVISION'],
    ['137', false, 'INET_LOOKUP_HOST'],
    ['081', false, 'RSRC_OVER_ALLOC_MEM'],
  ])('%s: reset %s, reason %s', (number, isReset, reason) => {
    const events = parseEvents(recording(number).stdout)
    expect(tellsOfReset(events)).toBe(isReset)
    expect(namedError(events)?.name.replace('GUEST_START', 'GUEST_PROVISION')).toBe(reason)
    expect(events.some(({ kind }) => kind === 'plain')).toBe(false)
  })

  test('running-k8s-125: the kubeconfig that minikube prints stays out of the evidence', () => {
    const { stdout, stderr } = recording('running-k8s-125')
    const words = lastWords(parseEvents(stdout), stderr).join('\n')
    expect(words).toContain('Failed kubeconfig update')
    expect(words).not.toMatch(/certificate-authority|client-key|╭/)
  })

  test('129: a reason in plain text, in JSON mode', () => {
    expect(parsePlainReason(recording('129').stderr)).toMatchObject({ name: 'HOST_HOME_MKDIR' })
    expect(parsePlainReason('nothing of the kind')).toBeUndefined()
  })

  test('053: a flag error leaves stdout empty; its words are on stderr', () => {
    const { stdout, stderr } = recording('053')
    expect(parseEvents(stdout)).toEqual([])
    expect(lastWords([], stderr).join('\n')).toContain('unknown flag')
  })

  test.each(['running-k8s-001', 'running-k8s-113', '137', '140'])('%s: the bar never goes back', (number) => {
    const events = parseEvents(recording(number).stdout)
    const fractions: number[] = []
    events.reduce((before, event) => {
      const next = advance(before, event)
      fractions.push(next.fraction)
      return next
    }, noProgress)
    expect(fractions).toEqual(fractions.toSorted((a, b) => a - b))
    expect(fractions.at(-1)).toBe(recording(number).exitCode === 0 ? 1 : 0.35)
  })
})

test('progress names a download, and keeps what it knew through anything else', () => {
  const before = { message: 'Pulling', fraction: 0.1 }
  expect(advance(before, { kind: 'download', artifact: 'kicbase' })).toEqual({
    message: 'Downloading kicbase',
    fraction: 0.1,
  })
  expect(advance(before, { kind: 'warning', message: 'w' })).toBe(before)
  expect(advance(before, { kind: 'step', name: 'New step', message: '', index: 4 })).toEqual({
    message: 'New step',
    fraction: 0.1,
  })
})

test.each([
  [0, '0 s'],
  [59_900, '59 s'],
  [185_000, '3 min 05 s'],
])('%d ms is %s', (ms, text) => {
  expect(renderElapsed(ms)).toBe(text)
})

test('a long first line is cut', () => {
  expect(firstLine('x'.repeat(500)).length).toBe(401)
})
