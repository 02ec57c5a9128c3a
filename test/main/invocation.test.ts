import { expect, test } from 'vitest'
import { answerAsInvoked, asInvoked, commandAs, invocationOf } from '../../src/invocation.ts'
import { problem } from '../../src/problems/problem.ts'
import { locked } from '../../src/problems/state.ts'

test('npx is recognised by what npm tells its children', () => {
  expect(invocationOf({ npm_command: 'exec' })).toMatchObject({ program: 'npx devk8s' })
  expect(invocationOf({ npm_command: 'run-script' })).toMatchObject({ program: 'devk8s' })
  expect(invocationOf({})).toEqual({ program: 'devk8s', rehearsed: false })
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
  const npx = { program: 'npx devk8s', rehearsed: false } as const
  expect(asInvoked({ type: 'run.finished', exit: 0, durationMs: 1, next }, npx)).toMatchObject({
    next: wanted,
  })
  expect(asInvoked({ type: 'problem', problem: said }, npx)).toMatchObject({
    problem: { next: wanted },
  })
  expect(asInvoked({ ...finished, problem: said }, npx)).toMatchObject({ problem: { next: wanted } })
  expect(asInvoked(finished, npx)).toEqual(finished)
  expect(
    asInvoked({ type: 'problem', problem: said }, { program: 'devk8s', rehearsed: false }),
  ).toMatchObject({ problem: { next } })
})

test('after a rehearsal each command of devk8s is rehearsed too, and no other', () => {
  const rehearsed = { program: 'npx devk8s', rehearsed: true } as const
  expect(commandAs('devk8s switch dev', rehearsed)).toBe('npx devk8s switch dev --rehearse')
  expect(commandAs('devk8s switch dev --rehearse', rehearsed)).toBe('npx devk8s switch dev --rehearse')
  expect(commandAs('devk8s exec dev -- kubectl get --raw / -- x', rehearsed)).toBe(
    'npx devk8s exec dev --rehearse -- kubectl get --raw / -- x',
  )
  expect(commandAs('devk8s up --help', rehearsed)).toBe('npx devk8s up --help')
  expect(commandAs('kubectl get pods', rehearsed)).toBe('kubectl get pods')
  const next = ['devk8s contexts list', 'kubectl get pods']
  expect(
    asInvoked({ type: 'problem', problem: problem(locked, { detail: 'x', next }) }, rehearsed),
  ).toMatchObject({ problem: { next: ['npx devk8s contexts list --rehearse', 'kubectl get pods'] } })
})

test('of an answer for programs only what stands under next is rewritten, however deep', () => {
  const rehearsed = { program: 'npx devk8s', rehearsed: true } as const
  const value = {
    detail: 'devk8s up',
    next: ['devk8s up', 'date -u'],
    parts: [{ problem: { next: ['devk8s aws login'] } }, 3, null],
  }
  expect(answerAsInvoked(value, rehearsed)).toEqual({
    detail: 'devk8s up',
    next: ['npx devk8s up --rehearse', 'date -u'],
    parts: [{ problem: { next: ['npx devk8s aws login --rehearse'] } }, 3, null],
  })
})
