import { describe, expect, test } from 'vitest'
import { fit, fitMiddle, oneLine, spread, widthOf, wrap } from '../../src/report/text.ts'
import { createTheme, outcomeSign, wantsColor, wantsUnicode } from '../../src/report/theme.ts'
import { counted, formatBytes, formatDuration } from '../../src/report/units.ts'

test.each([
  [0, '0.0s'],
  [-5, '0.0s'],
  [840, '0.8s'],
  [9949, '9.9s'],
  [9950, '10s'],
  [59_400, '59s'],
  [59_600, '1m 00s'],
  [185_000, '3m 05s'],
  [3_599_600, '1h 00m'],
  [3_720_000, '1h 02m'],
])('%d ms is %s', (ms, text) => {
  expect(formatDuration(ms)).toBe(text)
})

test.each([
  [0, '0 B'],
  [999, '999 B'],
  [1000, '1.0 kB'],
  [55_240_000, '55.2 MB'],
  [999_960, '1.0 MB'],
  [1_500_000_000, '1.5 GB'],
  [2e15, '2000.0 TB'],
])('%d bytes are %s', (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text)
})

test('counting', () => {
  expect([counted(1, 'check'), counted(2, 'check'), counted(0, 'entry', 'entries')]).toEqual([
    '1 check',
    '2 checks',
    '0 entries',
  ])
})

describe('text', () => {
  test('is cut to cells, not characters', () => {
    expect(fit('abcdef', 4, '…')).toBe('abc…')
    expect(fit('abcd', 4, '…')).toBe('abcd')
    expect(widthOf(fit('日本語日本語', 5, '…'))).toBeLessThanOrEqual(5)
  })

  test('is spread over a line', () => {
    expect(spread('left', 'right', 20, '…')).toBe('left           right')
    expect(spread('a long left part', 'right', 20, '…')).toBe('a long left …  right')
    expect(spread('left part', 'right', 10, '…')).toBe('left part…')
    expect(spread('left', '', 10, '…')).toBe('left')
  })

  test('is wrapped between words; a path stays whole', () => {
    expect(wrap('one two three', 9, '  ')).toEqual(['  one two', '  three'])
    expect(wrap('/a/very/long/path', 12, '  ')).toEqual(['  /a/very/long/path'])
  })

  test('loses control characters', () => {
    expect(oneLine('a\r\nb\u001B[2Jc\u009B ')).toBe('a b [2Jc')
  })
})

describe('theme', () => {
  const pipe = { isTTY: false }
  const terminal = { isTTY: true }
  test.each([
    ['always', { NO_COLOR: '1' }, pipe, true],
    ['never', { FORCE_COLOR: '1' }, terminal, false],
    ['auto', {}, terminal, true],
    ['auto', {}, pipe, false],
    ['auto', { NO_COLOR: '1' }, terminal, false],
    ['auto', { NO_COLOR: '' }, terminal, true],
    ['auto', { FORCE_COLOR: '1' }, pipe, true],
    ['auto', { FORCE_COLOR: '0' }, terminal, false],
    ['auto', { TERM: 'dumb' }, terminal, false],
  ] as const)('colour: %s %j %j is %s', (flag, env, stream, expected) => {
    expect(wantsColor(flag, env, stream)).toBe(expected)
  })

  test.each([
    [{ LANG: 'en_US.UTF-8' }, 'linux', true],
    [{ LANG: 'C.utf8', LC_ALL: 'C' }, 'linux', false],
    [{}, 'linux', false],
    [{}, 'darwin', true],
    [{ LANG: 'en_US.UTF-8', TERM: 'dumb' }, 'darwin', false],
    [{ WT_SESSION: 'x' }, 'win32', true],
    [{}, 'win32', false],
  ] as const)('unicode: %j on %s is %s', (env, platform, expected) => {
    expect(wantsUnicode(env, platform)).toBe(expected)
  })

  test('without colour there is no escape, with it there is', () => {
    const signs = (color: boolean) =>
      (
        ['ready', 'changed', 'would-change', 'later', 'blocked', 'failed', 'declined', 'cancelled'] as const
      ).map((outcome) => outcomeSign(outcome, createTheme({ color, unicode: false })))
    expect(signs(false)).toEqual(['ok', 'ok', '~', '.', 'x', 'x', '#', '#'])
    expect(signs(true).every((sign) => sign.includes('\u001B['))).toBe(true)
  })
})

test('what is cut in its middle keeps its end', () => {
  expect(fitMiddle('Manifests /tmp/team/profiles/acme/shop.yaml', 24, '…')).toBe('Manifes…s/acme/shop.yaml')
  expect(fitMiddle('short', 24, '…')).toBe('short')
})
