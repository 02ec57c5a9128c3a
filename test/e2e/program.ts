import { spawn } from 'node:child_process'
import { mkdtemp, mkdir, realpath } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

const root = resolve(import.meta.dirname, '../..')
export const bin = join(root, 'dist/bin.js')

export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
  readonly ms: number
}

/** A person with an empty home and nothing in the environment but PATH. */
export interface Person {
  readonly home: string
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
}

export async function newPerson(extra: Readonly<Record<string, string>> = {}): Promise<Person> {
  const home = await realpath(await mkdtemp(join(tmpdir(), 'devk8s-e2e-')))
  const cwd = join(home, 'work')
  await mkdir(cwd)
  await mkdir(join(home, 'tmp'))
  const PATH = process.env['PATH'] ?? ''
  return { home, cwd, env: { PATH, HOME: home, TMPDIR: join(home, 'tmp'), ...extra } }
}

/** Runs the built program as a process of its own, without a terminal. */
export async function devk8s(
  person: Person,
  args: readonly string[],
  options: { readonly interruptAfterMs?: number; readonly interruptAt?: RegExp; readonly input?: string } = {},
): Promise<Ended> {
  const start = performance.now()
  const child = spawn(process.execPath, [bin, ...args], { cwd: person.cwd, env: person.env })
  let stdout = ''
  let stderr = ''
  let interrupted = false
  const look = () => {
    if (interrupted || options.interruptAt === undefined || !options.interruptAt.test(stdout + stderr)) return
    interrupted = true
    child.kill('SIGINT')
  }
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
    look()
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
    look()
  })
  child.stdin.end(options.input ?? '')
  return new Promise((done) => {
    child.on('close', (code, signal) => done({ code, signal, stdout, stderr, ms: performance.now() - start }))
  })
}
