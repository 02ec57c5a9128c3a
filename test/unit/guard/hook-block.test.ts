import fc from 'fast-check'
import { parse } from 'yaml'
import { describe, expect, test } from 'vitest'
import { foldedCommand, isShell, shellBlock, withBlock, withoutBlock } from '../../../src/guard/hook-block.ts'
import { lefthookWith, preCommitWith } from '../../../src/guard/hook-yaml.ts'

const block = shellBlock({ isShared: false, own: { nodePath: '/opt/no de', scriptPath: "/o'p/bin.js" } })

describe('a shell hook', () => {
  test('is as before, byte by byte, when the lines have come and gone', () => {
    const line = fc.string({ unit: 'binary', maxLength: 20 }).filter((text) => !text.includes('devk8s guard'))
    const text = fc
      .tuple(
        fc.constantFrom('', '#!/bin/sh', '#!/usr/bin/env bash\n'),
        fc.array(line),
        fc.constantFrom('', '\n'),
      )
      .map(([first, lines, end]) => `${first}${lines.join('\n')}${end}`)
    fc.assert(
      fc.property(text, (before) => {
        expect(withoutBlock(withBlock(before, block))).toEqual({ text: before })
      }),
    )
  })

  test('has the lines behind its first one, since many end with exec', () => {
    expect(withBlock('#!/bin/sh\nexec make test\n', block)).toBe(`#!/bin/sh\n${block}\nexec make test\n`)
  })

  test.for([
    ['its end is missing', block.split('\n').slice(0, -1).join('\n')],
    ['its start is missing', block.split('\n').slice(1).join('\n')],
    ['it is there twice', `${block}\n${block}\n`],
    ['something stands behind it', `${block} true\n`],
    ['something stands in front of it', `true; ${block}\n`],
  ] as const)('of which %s is not touched', ([, text]) => expect(withoutBlock(text)).toBe('broken'))

  test.for([
    ['#!/bin/sh\n', true],
    ['#!/bin/bash -e\n', true],
    ['#!/usr/bin/env bash\n', true],
    ['#!/usr/bin/env zsh\n', true],
    ['#! /bin/dash\n', true],
    ['npm test\n', true],
    ['#!/usr/bin/env python3\n', false],
    ['#!/usr/bin/env node\n', false],
    ['#!/usr/bin/fish\n', false],
    ['\u007FELF\u0000', false],
  ] as const)('is %j: %s', ([text, is]) => expect(isShell(text)).toBe(is))
})

const mark = '# >>> devk8s guard >>> (devk8s guard remove takes these lines away)'
const end = '# <<< devk8s guard <<<'

describe('lefthook.yml', () => {
  test.for([
    ['nothing', ''],
    ['another hook', 'pre-push:\n  commands:\n    test:\n      run: npm test\n'],
    ['no line end', 'min_version: 1.5.0'],
    [
      'commands',
      '# ours\npre-commit:\n  parallel: true\n  commands:\n    lint: # fast\n      run: npm run lint\n',
    ],
    ['jobs', 'pre-commit:\n  jobs:\n    - name: lint\n      run: npm run lint\n'],
    ['jobs that are not set back', 'pre-commit:\n  jobs:\n  - run: npm run lint\n'],
    ['a hook without commands', 'pre-commit:\n    parallel: true\n'],
  ] as const)('with %s', ([, before]) => {
    const after = lefthookWith(before)
    expect(after).toContain('then devk8s guard scan --staged;')
    expect(withoutBlock(after ?? '')).toEqual({ text: before })
  })

  test('among commands', () => {
    const before = 'pre-commit:\n  commands:\n    lint:\n      run: npm run lint\n'
    const run = foldedCommand().map((line) => `        ${line}\n`)
    const after = lefthookWith(before) ?? ''
    expect(after).toBe(
      `pre-commit:\n  commands:\n    ${mark}\n    devk8s-guard:\n      run: >-\n${run.join('')}    ${end}\n    lint:\n      run: npm run lint\n`,
    )
    // One line for the shell, whichever it is.
    expect(parse(after)).toMatchObject({
      'pre-commit': { commands: { 'devk8s-guard': { run: foldedCommand().join(' ') } } },
    })
  })

  test.for([
    'pre-commit: {commands: {lint: {run: npm run lint}}}\n',
    '{pre-push: {}}\n',
    'pre-commit:\n  commands: {}\n',
    'pre-commit: [\n',
    '- a\n',
  ])('%j is left to the person', (text) => expect(lefthookWith(text)).toBeUndefined())
})

describe('.pre-commit-config.yaml', () => {
  test.for([
    ['set back', 'repos:\n  - repo: https://git.acme.dev/hooks\n    rev: v1\n    hooks:\n      - id: lint\n'],
    [
      'not set back',
      '# team\nrepos:\n- repo: local\n  hooks:\n  - id: own\n    entry: make\ndefault_stages: [pre-commit]\n',
    ],
  ] as const)('with repos %s', ([, before]) => {
    const after = preCommitWith(before)
    expect(after).toContain('then devk8s guard scan --staged;')
    expect(withoutBlock(after ?? '')).toEqual({ text: before })
  })

  test.for(['repos: []\n', 'repos:\n', 'ci: {}\n', 'repos: [{repo: local, hooks: []}]\n', ': :\n- {'])(
    '%j is left to the person',
    (text) => expect(preCommitWith(text)).toBeUndefined(),
  )
})
