import { expect, test } from 'vitest'
import { asInvoked, invocationOf } from '../../src/invocation.ts'
import { problem } from '../../src/problems/problem.ts'
import { locked } from '../../src/problems/state.ts'

test('npx is recognised by what npm tells its children', () => {
  expect(invocationOf({ npm_command: 'exec' })).toBe('npx devk8s')
  expect(invocationOf({ npm_command: 'run-script' })).toBe('devk8s')
  expect(invocationOf({})).toBe('devk8s')
})

test('commands to paste are those that work here; others stay', () => {
  const next = ['devk8s up', 'kubectl get pods', 'devk8sx']
  const wanted = ['npx devk8s up', 'kubectl get pods', 'devk8sx']
  const said = problem(locked, { detail: 'x', next })
  const finished = {
    type: 'step.finished',
    id: 'a',
    outcome: 'blocked',
    changes: [],
    notes: [],
    detail: {},
    durationMs: 0,
  } as const
  expect(asInvoked({ type: 'run.finished', exit: 0, durationMs: 1, next }, 'npx devk8s')).toMatchObject({
    next: wanted,
  })
  expect(asInvoked({ type: 'problem', problem: said }, 'npx devk8s')).toMatchObject({
    problem: { next: wanted },
  })
  expect(asInvoked({ ...finished, problem: said }, 'npx devk8s')).toMatchObject({ problem: { next: wanted } })
  expect(asInvoked(finished, 'npx devk8s')).toEqual(finished)
  expect(asInvoked({ type: 'problem', problem: said }, 'devk8s')).toMatchObject({ problem: { next } })
})
