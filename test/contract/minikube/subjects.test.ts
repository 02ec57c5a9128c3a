import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { describe, expect, test } from 'vitest'
import { recording } from '../../fakes/minikube-recordings.ts'
import { recordedEnv, recordedLaptop, type Run } from '../../fakes/minikube-laptop.ts'

/** A minikube to ask: the simulator, or the real one on PATH. */
interface Subject {
  run(argv: readonly string[]): Promise<Pick<Run, 'exitCode' | 'stdout'>>
}

const isReal = process.env['DEVK8S_REAL'] === '1'
/** minikube refuses to start anything as root (recorded 128), so only its answers can be compared then. */
const isRoot = process.getuid?.() === 0
const subjects = [
  { name: 'the simulator', make: simulated, skip: false },
  isReal
    ? { name: 'the real minikube on PATH', make: real, skip: false }
    : { name: 'the real minikube (skipped: DEVK8S_REAL=1 is not set)', make: real, skip: true },
]

async function simulated(): Promise<Subject> {
  const laptop = await recordedLaptop((now) => ({ ...now, internet: 'open' }))
  return { run: async (argv) => laptop.run(argv) }
}

/** In a home of its own: other clusters on the machine are out of its sight, `delete --all` is never called. */
async function real(): Promise<Subject> {
  const home = await mkdtemp(join(tmpdir(), 'devk8s-real-'))
  const env = { ...recordedEnv(home), HOME: home }
  return {
    async run([program = '', ...args]) {
      const { exitCode, stdout } = await execa(program, args, {
        env,
        reject: false,
        stripFinalNewline: false,
      })
      return { exitCode: exitCode ?? null, stdout }
    },
  }
}

/** What scripts may rely on: types, step names and reasons, in order; texts, times and infos may vary. */
function skeleton(stdout: string): readonly string[] {
  return stdout.split('\n').flatMap((line) => {
    if (!line.startsWith('{"specversion"')) return []
    const { type, data } = JSON.parse(line) as { type: string; data: Record<string, string> }
    const kind = type.split('.').at(-1)
    if (kind === 'step') return [`${data['currentstep']} ${data['name']}`]
    return kind === 'error' && data['name'] !== undefined ? [`${data['name']} ${data['exitcode']}`] : []
  })
}

const profile = 'devk8s-contract'
const own = (argv: readonly string[]) => argv.map((word) => (word === 'devk8s' ? profile : word))

describe.for(subjects)('minikube, asked: $name', ({ make, skip }) => {
  const plain = ['002', '007', '011', '016', '024', '027', '059', '067', '079', '088', '099', '102']
  const asked = make === real && isRoot ? plain.filter((name) => name !== '059') : plain
  test.skipIf(skip).for(asked)('recorded %s: same exit code, same skeleton', async (name) => {
    const subject = await make()
    const run = await subject.run(recording(name).argv)
    expect(run.exitCode).toBe(recording(name).exitCode)
    expect(skeleton(run.stdout)).toEqual(skeleton(recording(name).stdout))
  })

  test.skipIf(skip || (make === real && isRoot))(
    `a cluster’s life: start, status, start, add-on, stop, start, delete${make === real && isRoot ? ' (skipped: root)' : ''}`,
    { timeout: 1_200_000 },
    async () => {
      const subject = await make()
      // Without the image of the recordings, which exists nowhere else.
      const start = own(recording('running-k8s-001').argv).filter(
        (word) => !word.startsWith('--base-image') && word !== '--preload=false',
      )
      const life = [
        ['running-k8s-001', start],
        ['running-k8s-003', own(recording('running-k8s-003').argv)],
        ['running-k8s-008', start],
        ['running-k8s-011', own(recording('running-k8s-011').argv)],
        ['running-k8s-035', own(recording('running-k8s-035').argv)],
        ['running-k8s-036', own(recording('running-k8s-036').argv)],
        ['running-k8s-100', start],
        ['running-k8s-101', own(recording('running-k8s-101').argv)],
      ] as const
      try {
        for (const [name, argv] of life) {
          const run = await subject.run(argv)
          const got = { name, exitCode: run.exitCode, skeleton: skeleton(run.stdout) }
          expect(got).toEqual({
            name,
            exitCode: recording(name).exitCode,
            skeleton: skeleton(recording(name).stdout),
          })
        }
      } finally {
        await subject.run(['minikube', 'delete', '-p', profile])
      }
    },
  )
})
