import { type ChildProcess, spawn } from 'node:child_process'
import { cp, mkdir, mkdtemp, realpath } from 'node:fs/promises'
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
  /** The program's file; the checkout's unless told. */
  readonly bin?: string
  /** Whose processes these are; the test's own user unless told. */
  readonly uid?: number
}

export async function newPerson(extra: Readonly<Record<string, string>> = {}): Promise<Person> {
  const home = await realpath(await mkdtemp(join(tmpdir(), 'devk8s-e2e-')))
  const cwd = join(home, 'work')
  await mkdir(cwd)
  await mkdir(join(home, 'tmp'))
  const PATH = process.env['PATH'] ?? ''
  return { home, cwd, env: { PATH, HOME: home, TMPDIR: join(home, 'tmp'), ...extra } }
}

/** Copies what the package holds, so that a person who may not read the checkout can run it. Gives bin's path. */
export async function installPackage(folder: string): Promise<string> {
  await mkdir(folder, { recursive: true })
  for (const name of ['dist', 'profiles', 'manifests', 'package.json']) {
    await cp(join(root, name), join(folder, name), { recursive: true })
  }
  return join(folder, 'dist/bin.js')
}

export interface RunOptions {
  /** Done once, as soon as the output so far matches. */
  readonly at?: { readonly output: RegExp; readonly act: (child: ChildProcess) => void }
  readonly input?: string
}

/** Runs the built program as a process of its own, without a terminal. */
export async function devk8s(
  person: Person,
  args: readonly string[],
  options: RunOptions = {},
): Promise<Ended> {
  const start = performance.now()
  const child = spawn(process.execPath, [person.bin ?? bin, ...args], {
    cwd: person.cwd,
    env: person.env,
    ...(person.uid !== undefined && { uid: person.uid, gid: person.uid }),
  })
  let stdout = ''
  let stderr = ''
  let waiting = options.at
  const look = () => {
    if (waiting === undefined || !waiting.output.test(stdout + stderr)) return
    const { act } = waiting
    waiting = undefined
    act(child)
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
