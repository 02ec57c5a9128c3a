import type { Event, EventBody } from '../../src/ports/event.ts'
import type { Problem } from '../../src/problems/problem.ts'
import type { OutStream } from '../../src/world.ts'

export interface Captured extends OutStream {
  readonly text: string
}

/** A stream that keeps what is written. */
export function captured(
  options: { readonly isTTY?: boolean; readonly columns?: number; readonly rows?: number } = {},
): Captured {
  const parts: string[] = []
  return {
    write: (text) => {
      parts.push(text)
    },
    isTTY: options.isTTY ?? false,
    columns: options.columns ?? 80,
    rows: options.rows ?? 24,
    get text() {
      return parts.join('')
    },
  }
}

export const startedAt = Date.UTC(2026, 0, 2, 3, 4, 5)

/** Stamps events with times in seconds since the start. */
export const at = (seconds: number, body: EventBody): Event => ({ at: startedAt + seconds * 1000, ...body })

export const dockerDown: Problem = {
  code: 'DK6010',
  title: 'Docker does not answer',
  exit: 4,
  hint: 'The cluster runs inside Docker, so its daemon has to be up.',
  detail: 'docker info ended with exit code 1 after 0.4 s.',
  next: ['systemctl --user start docker-desktop', 'devk8s up'],
  evidence: ['Cannot connect to the Docker daemon at unix:///var/run/docker.sock.'],
}

const plan = [
  { id: 'machine.cpus', kind: 'machine.fit', title: 'Processors', needs: [] },
  { id: 'machine.driver', kind: 'machine.fit', title: 'Driver', needs: [] },
  {
    id: 'tool.minikube',
    kind: 'tool.present',
    title: 'minikube v1.38.1',
    needs: ['machine.cpus', 'machine.driver'],
  },
  {
    id: 'tool.kubectl',
    kind: 'tool.present',
    title: 'kubectl v1.35.1',
    needs: ['machine.cpus', 'machine.driver'],
  },
  {
    id: 'cluster',
    kind: 'cluster.running',
    title: 'Cluster devk8s: Kubernetes v1.35.1 on docker',
    needs: ['tool.minikube'],
  },
  { id: 'addon.ingress', kind: 'addon.ready', title: 'Add-on ingress', needs: ['cluster', 'tool.kubectl'] },
  { id: 'context', kind: 'context.present', title: 'Context local', needs: ['cluster'] },
] as const

const done = (id: string, over: Partial<Extract<EventBody, { type: 'step.finished' }>> = {}): EventBody => ({
  type: 'step.finished',
  id,
  outcome: 'ready',
  changes: [],
  notes: [],
  detail: {},
  durationMs: 40,
  ...over,
})

const start = (mode: 'look' | 'change', command: string): readonly Event[] => [
  at(0, { type: 'run.started', command, version: '0.1.0', profile: 'aws', mode }),
  at(0, { type: 'plan.ready', steps: plan, mode }),
]

/** A first `up` up to the moment where the cluster starts and kubectl downloads. */
export const upUnderWay: readonly Event[] = [
  ...start('change', 'up'),
  at(0, { type: 'step.started', id: 'machine.cpus', phase: 'check' }),
  at(0, { type: 'step.started', id: 'machine.driver', phase: 'check' }),
  at(0.3, done('machine.cpus')),
  at(
    0.5,
    done('machine.driver', { notes: [{ level: 'warning', text: 'Docker Desktop has only 4096 MiB.' }] }),
  ),
  at(0.6, { type: 'step.started', id: 'tool.minikube', phase: 'check' }),
  at(0.6, { type: 'step.started', id: 'tool.minikube', phase: 'apply' }),
  at(
    5,
    done('tool.minikube', {
      outcome: 'changed',
      durationMs: 4400,
      changes: [{ field: '/d/minikube', to: 'v1.38.1', effect: 'create' }],
    }),
  ),
  at(5, { type: 'step.started', id: 'tool.kubectl', phase: 'apply' }),
  at(5, { type: 'step.started', id: 'cluster', phase: 'apply' }),
  at(6, { type: 'step.progress', id: 'cluster', message: 'Pulling base image v0.0.48 ...' }),
  at(8, {
    type: 'step.progress',
    id: 'tool.kubectl',
    bytes: 20_000_000,
    totalBytes: 60_000_000,
    bytesPerS: 8_000_000,
  }),
]

/** The rest of that `up`. */
export const upFinishes: readonly Event[] = [
  at(13, done('tool.kubectl', { outcome: 'changed', durationMs: 8000 })),
  at(14, {
    type: 'command.ran',
    tool: 'minikube',
    argv: ['/d/minikube', 'start', '-p', 'devk8s', '--mount-string', 'a b'],
    changes: true,
    outcome: 'exited',
    exitCode: 0,
    durationMs: 65_000,
    simulated: false,
  }),
  at(70, done('cluster', { outcome: 'changed', durationMs: 65_000 })),
  at(70, { type: 'step.started', id: 'addon.ingress', phase: 'apply' }),
  at(71, { type: 'step.settling', id: 'addon.ingress' }),
  at(75, { type: 'asked', question: 'Make local the current context?', answer: 'yes', by: 'flag' }),
  at(
    76,
    done('context', {
      outcome: 'changed',
      durationMs: 300,
      notes: [{ level: 'info', text: 'The current context stays "work".' }],
    }),
  ),
  at(90, done('addon.ingress', { outcome: 'changed', durationMs: 20_000 })),
  at(90, {
    type: 'run.finished',
    exit: 0,
    durationMs: 90_000,
    next: ['kubectl --context local get pods -A', 'devk8s status'],
  }),
]

/** An `up` that a stopped Docker ends before anything changes. */
export const upBlocked: readonly Event[] = [
  ...start('change', 'up'),
  at(0, { type: 'step.started', id: 'machine.cpus', phase: 'check' }),
  at(0.1, done('machine.cpus')),
  at(0.5, done('machine.driver', { outcome: 'blocked', problem: dockerDown, durationMs: 420 })),
  ...plan.slice(2).map(({ id }) => at(0.5, done(id, { outcome: 'later', durationMs: 0 }))),
  at(0.5, { type: 'run.finished', exit: 4, durationMs: 500, next: [] }),
]

/** What a plan finds on a laptop with an older, smaller cluster. */
export const looked: readonly Event[] = [
  ...start('look', 'plan'),
  at(0, { type: 'step.started', id: 'machine.cpus', phase: 'check' }),
  at(0.1, done('machine.cpus')),
  at(0.1, done('machine.driver')),
  at(0.2, done('tool.minikube', { detail: { path: '/d/minikube', version: 'v1.38.1' } })),
  at(
    0.3,
    done('tool.kubectl', {
      outcome: 'would-change',
      changes: [{ field: '/d/kubectl', to: 'v1.35.1', effect: 'create' }],
    }),
  ),
  at(
    0.4,
    done('cluster', {
      outcome: 'would-change',
      changes: [
        { field: 'cluster.memoryMiB', from: '4096', to: '6144', effect: 'restart' },
        { field: 'cluster.runtime', from: 'docker', to: 'containerd', effect: 'recreate' },
      ],
      detail: {
        state: 'running',
        cpus: 2,
        memoryMiB: 4096,
        runtime: 'docker',
        nodes: [{ name: 'devk8s', host: 'Running', kubelet: 'Running', apiServer: 'Running' }],
      },
    }),
  ),
  at(0.5, done('addon.ingress', { outcome: 'later', durationMs: 0 })),
  at(0.5, done('context', { outcome: 'later', durationMs: 0 })),
  at(0.6, { type: 'run.finished', exit: 0, durationMs: 600, next: ['devk8s up'] }),
]
