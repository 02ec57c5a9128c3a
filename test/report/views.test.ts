import { describe, expect, test } from 'vitest'
import { renderDoctor } from '../../src/report/doctor-view.ts'
import { recordsOf, renderPlan } from '../../src/report/plan-view.ts'
import { renderProblem } from '../../src/report/problem.ts'
import { emptyRecord, record } from '../../src/report/record.ts'
import { headline, summaryLines } from '../../src/report/summary.ts'
import { renderStatus } from '../../src/report/status-view.ts'
import { createTheme } from '../../src/report/theme.ts'
import { captured, dockerDown, looked, upBlocked } from './scene.ts'

const page = { theme: createTheme({ color: false, unicode: true }), columns: 79 }
const { steps } = looked.reduce(record, emptyRecord)
const blocked = upBlocked.reduce(record, emptyRecord).steps
const ready = steps.map((step) => ({ ...step, outcome: 'ready' as const, changes: [] }))

describe('plan', () => {
  test('groups, signs, changes and a count', () => {
    expect(renderPlan(steps, page)).toMatchInlineSnapshot(`
      "✓ Machine: 2 checks passed

      Tools
        ✓ minikube v1.38.1
        + kubectl v1.35.1
            /d/kubectl: v1.35.1

      Cluster
        ± Cluster devk8s: Kubernetes v1.35.1 on docker
            cluster.memoryMiB: 4096 → 6144  (by a restart)
            cluster.runtime: docker → containerd  (only by deleting and creating
            again: not done unasked)

      Add-ons
        · Add-on ingress  waits for Cluster devk8s: Kubernetes v1.35.1 on docker,
        kubectl v1.35.1

      Contexts
        · Context local  waits for Cluster devk8s: Kubernetes v1.35.1 on docker

      Plan: 2 changes, 2 more behind them, 3 as wanted. Nothing was changed.
      "
    `)
  })

  test('what is blocked comes with its problem', () => {
    const text = renderPlan(blocked, page)
    expect(text).toContain('✗ Machine: 1 of 2 checks passed')
    expect(text).toContain('✗ DK6010 Docker does not answer')
    expect(text).toContain('Plan: 0 changes, 5 more behind them, 1 blocked, 1 as wanted.')
  })

  test('nothing to change; kinds without a group are files', () => {
    expect(renderPlan(ready, page)).toContain('Nothing to change: all is as wanted (7 checks).')
    const one = {
      ...ready[0],
      id: 'f',
      kind: 'files.absent',
      title: 'Tools',
      outcome: 'would-change',
    } as (typeof steps)[number]
    const removal = { ...one, changes: [{ field: '/d/tools', from: '120 MB', effect: 'remove' }] } as const
    expect(renderPlan([removal], page)).toMatchInlineSnapshot(`
      "Files
        - Tools
            /d/tools: 120 MB  (removed)

      Plan: 1 change, 0 as wanted. Nothing was changed.
      "
    `)
  })

  test('what cannot be changed stands out', () => {
    const step = {
      ...ready[4],
      outcome: 'would-change',
      changes: [{ field: 'cluster.subnet', from: 'a', to: 'b', effect: 'unsupported' }],
    } as unknown as (typeof steps)[number]
    expect(renderPlan([step], page)).toContain('✗ Cluster devk8s')
    expect(renderPlan([step], page)).toContain('cluster.subnet: a → b  (cannot be changed)')
  })
})

describe('what is at stake, and what only --recreate would change', () => {
  const stake = {
    ...ready[4],
    outcome: 'would-change',
    changes: [{ field: 'cluster', from: 'running', to: 'anew', effect: 'recreate' }],
    consent: {
      id: 'cluster.recreate',
      text: 'Delete cluster devk8s and make it anew?',
      details: ['Everything in the cluster is lost.'],
      flag: '--yes',
    },
  } as unknown as (typeof steps)[number]
  const differing = { ...stake, outcome: 'ready', consent: undefined } as unknown as (typeof steps)[number]

  test.each([renderPlan, renderStatus, renderDoctor])('the question is shown with its details', (render) => {
    const text = render([stake], page)
    expect(text.replaceAll(/\s+/g, ' ')).toContain(
      '! asks first: Delete cluster devk8s and make it anew? (--yes answers yes) Everything in the cluster is lost.',
    )
  })

  test('a difference is not called all as wanted', () => {
    const plan = renderPlan([differing], page)
    expect(plan).toContain('differs (needs --recreate)')
    expect(plan).toContain('Plan: 0 changes, 1 needing --recreate, 0 as wanted.')
    expect(renderDoctor([differing], page)).toContain('~ Cluster devk8s')
    const status = renderStatus([differing], page)
    expect(status).toContain('differs (needs --recreate)')
    expect(status).toContain('1 of 1 not as the profile says.')
  })

  test('the report of a run that changed nothing says so', () => {
    const run = {
      ...emptyRecord,
      command: 'up',
      steps: [differing],
      finished: { exit: 0, durationMs: 0, next: [] },
    }
    expect(headline(run, page)).toBe('! Nothing was changed: 1 step needing --recreate (1 check, 0.0s)')
  })
})

describe('status', () => {
  test('state, details and nodes', () => {
    expect(renderStatus(steps, page)).toMatchInlineSnapshot(`
      "Machine
        ✓ Processors                               ready
        ✓ Driver                                   ready

      Tools
        ✓ minikube v1.38.1                         ready
            /d/minikube
        ~ kubectl v1.35.1                          not there

      Cluster
        ~ Cluster devk8s: Kubernetes v1.35.1 on …  differs
            2 processors, 4096 MiB, runtime docker
            node devk8s: host Running, kubelet Running, API server Running
            cluster.memoryMiB: 4096 → 6144  (by a restart)
            cluster.runtime: docker → containerd  (only by deleting and creating
            again: not done unasked)

      Add-ons
        · Add-on ingress                           unknown
            waits for Cluster devk8s: Kubernetes v1.35.1 on docker, kubectl v1.35.1

      Contexts
        · Context local                            unknown
            waits for Cluster devk8s: Kubernetes v1.35.1 on docker

      4 of 7 not as the profile says.
      "
    `)
  })

  test('a fault with its way out, at 40 columns; all well', () => {
    const text = renderStatus(blocked, { ...page, columns: 39 })
    expect(text).toContain('✗ Driver')
    expect(text).toContain('      $ systemctl --user start docker-desktop')
    expect(renderStatus(ready, page)).toContain('All is as the profile says.')
  })
})

describe('what a change would mend, and is broken meanwhile', () => {
  const base = steps.find(({ id }) => id === 'cluster')
  const step = {
    ...base,
    id: 'upkeep.agent',
    kind: 'upkeep.fresh',
    title: 'Roles for pods',
    outcome: 'would-change',
    changes: [{ field: 'Node acme: rules', effect: 'create' }],
    notes: [],
    problem: { ...dockerDown, code: 'DK5119', title: 'Broken', next: ['devk8s doctor --fix'] },
    detail: {
      health: {
        lanes: [
          { lane: 'A', state: 'works', words: '' },
          ...['B', 'R'].map((lane) => ({
            lane,
            state: 'broken',
            words: 'node acme lacks the rules that lead the metadata addresses to the agent',
          })),
        ],
      },
    },
  } as unknown as (typeof steps)[number]

  test('doctor counts it as a failure with its way out, plan as the change that it is', () => {
    const text = renderDoctor([step], page)
    expect(text).toContain('✗ Roles for pods\n')
    expect(text).toContain('$ devk8s doctor --fix')
    expect(text).toContain('1 check of 1 failed.')
    expect(renderPlan([step], page)).not.toContain('DK5119')
  })

  test('status wraps what it tells of lanes, and the same reason once', () => {
    const text = renderStatus([step], page)
    expect(text).toContain('lanes that work: A\n')
    expect(text.replaceAll(/\s+/g, ' ')).toContain(
      'lanes B, R: node acme lacks the rules that lead the metadata addresses to the agent',
    )
  })

  test('files of one folder can be told apart', () => {
    const titles = ['limits', 'shop'].map((name) => `Manifests /tmp/a/long/way/to/profiles/acme/${name}.yaml`)
    const text = renderStatus(
      titles.map((title) => ({ ...step, title })),
      page,
    )
    expect(text).toMatch(/Manifests.*…\S*acme\/limits\.yaml[^]*acme\/shop\.yaml/)
  })
})

describe('doctor', () => {
  test('each check, why it matters and what mends it', () => {
    expect(renderDoctor(blocked, page)).toMatchInlineSnapshot(`
      "Machine
        ✓ Processors
        ✗ Driver  blocked
          ✗ DK6010 Docker does not answer
            docker info ended with exit code 1 after 0.4 s.
            | Cannot connect to the Docker daemon at unix:///var/run/docker.sock.
            The cluster runs inside Docker, so its daemon has to be up.
              $ systemctl --user start docker-desktop
              $ devk8s up

      Tools
        · minikube v1.38.1  waits for Driver
        · kubectl v1.35.1  waits for Driver

      Cluster
        · Cluster devk8s: Kubernetes v1.35.1 on docker  waits for Driver

      Add-ons
        · Add-on ingress  waits for Driver

      Contexts
        · Context local  waits for Driver

      1 check of 7 failed. The commands above mend them.
      "
    `)
  })

  test('nothing to mend', () => {
    const noted = ready
      .map((step) => ({ ...step, notes: [{ level: 'warning', text: 'low' }] as const }))
      .slice(0, 1)
    expect(renderDoctor(noted, page)).toContain('Nothing that you need to mend. 1 warning.')
    expect(renderDoctor(steps, page)).toContain('~ kubectl v1.35.1  devk8s up brings it about')
  })
})

test('a result takes its needs from the plan', () => {
  const { needs: _, ...step } = { ...ready[2], outcome: 'ready' } as (typeof ready)[number]
  expect(recordsOf({ steps: [step] }, steps)[0]?.needs).toEqual(['machine.cpus', 'machine.driver'])
  expect(recordsOf({ steps: [step] })[0]?.needs).toEqual([])
})

test('a result takes the commands of its problems from what was told: as this person can run them', () => {
  const [first] = ready
  if (first === undefined) throw new Error('no steps')
  const step = { ...first, outcome: 'blocked' as const, problem: { ...dockerDown, next: ['devk8s up'] } }
  const told = { ...step, problem: { ...dockerDown, next: ['npx devk8s up --rehearse'] } }
  const nextOf = (known?: typeof told) =>
    recordsOf({ steps: [step] }, known === undefined ? [] : [known])[0]?.problem?.next
  expect([nextOf(told), nextOf()]).toEqual([['npx devk8s up --rehearse'], ['devk8s up']])
})

test('a problem of its own, with its place; control characters of a tool do not reach the terminal', () => {
  const stderr = captured({ columns: 60 })
  const problem = {
    ...dockerDown,
    detail: 'cluster.cpus is "two"; it has to be a number.\nSecond line.',
    place: { file: '/p/devk8s.yaml', line: 7, column: 9 },
    evidence: ['\u001B[31mred\u001B[0m\u0007 words'],
  }
  expect(renderProblem(problem, { env: { LANG: 'C' }, platform: 'linux', stderr })).toMatchInlineSnapshot(`
    "x DK6010 Docker does not answer
      cluster.cpus is "two"; it has to be a number.
      Second line.
      at /p/devk8s.yaml:7:9
      | [31mred [0m  words
      The cluster runs inside Docker, so its daemon has to be
      up.
        $ systemctl --user start docker-desktop
        $ devk8s up
    "
  `)
})

test('what is to be pasted stands whole, however narrow the terminal is', () => {
  const stderr = captured({ columns: 40 })
  const text = JSON.stringify(
    { Effect: 'Allow', Resource: 'arn:aws:iam::123456789012:role/x-y-z-1' },
    null,
    2,
  )
  const problem = { ...dockerDown, evidence: ['word '.repeat(60)], paste: { into: 'the policy', text } }
  const shown = renderProblem(problem, { env: { LANG: 'C' }, platform: 'linux', stderr })
  expect(shown).toContain(
    '  For the policy:\n    {\n      "Effect": "Allow",\n      "Resource": "arn:aws:iam::123456789012:role/x-y-z-1"\n    }\n',
  )
  expect(shown.match(/word/g)).toHaveLength(60)
})

describe('what could not be seen for now', () => {
  const plain = { outcome: 'ready' as const, needs: [], changes: [], notes: [], durationMs: 1 }
  const [first, ...others] = ready
  const unsure = first === undefined ? [] : [{ ...first, detail: { state: 'unknown' } }, ...others]
  const title = first?.title ?? ''

  test('has no tick, in any view', () => {
    expect(renderStatus(unsure, page)).toMatch(new RegExp(`! ${title} +not known for now\n`))
    expect(renderStatus(unsure, page)).toContain('All that can be seen is as the profile says.')
    expect(renderStatus(ready, page)).toContain('All is as the profile says.')
    expect(renderDoctor(unsure, page)).toContain(`! ${title}  not known for now`)
  })

  test('is not told as being there already', () => {
    const run = {
      ...emptyRecord,
      planMode: 'change' as const,
      steps: [
        {
          ...plain,
          id: 'a',
          kind: 'aws-identity.admitted',
          title: 'AWS identity',
          detail: { state: 'unknown' },
        },
        { ...plain, id: 'b', kind: 'tool.present', title: 'kubectl', detail: {} },
        {
          ...plain,
          id: 'c',
          kind: 'cluster.running',
          title: 'Cluster',
          outcome: 'failed' as const,
          detail: {},
        },
      ],
      finished: { exit: 1, durationMs: 1, next: [] },
    }
    expect(
      summaryLines(run, page)
        .find((line) => line.includes('Already there'))
        ?.trim(),
    ).toBe('Already there: kubectl')
  })
})
