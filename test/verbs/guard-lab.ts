import { execFile } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import type { World } from '../../src/world.ts'
import { type Home, newHome, type Said } from './switch-lab.ts'

const execute = promisify(execFile)

/** A real git repository of a person in a temp home, and the program in this process. */
export interface Repository {
  readonly home: Home
  readonly folder: string
  readonly env: Readonly<Record<string, string>>
  git(...args: readonly string[]): Promise<string>
  /** Writes a file of the repository. */
  put(path: string, text: string | Uint8Array, mode?: number): Promise<void>
  run(line: string | readonly string[], change?: Partial<World>): Promise<Said>
}

export async function newRepository(): Promise<Repository> {
  const home = await newHome('')
  const folder = join(home.folder, 'repo')
  await mkdir(folder)
  const env = {
    PATH: process.env['PATH'] ?? '',
    HOME: home.home,
    // What the machine's git is set to is no matter here.
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_AUTHOR_NAME: 'Me',
    GIT_AUTHOR_EMAIL: 'me@acme.dev',
    GIT_COMMITTER_NAME: 'Me',
    GIT_COMMITTER_EMAIL: 'me@acme.dev',
  }
  const git = async (...args: readonly string[]) =>
    (await execute('git', ['-c', 'init.defaultBranch=main', ...args], { cwd: folder, env })).stdout
  await git('init', '-q')
  return {
    home,
    folder,
    env,
    git,
    async put(path, text, mode) {
      await mkdir(dirname(join(folder, path)), { recursive: true })
      await writeFile(join(folder, path), text, mode === undefined ? {} : { mode })
    },
    run: async (line, change = {}) => home.run(line, { cwd: folder, env, ...change }),
  }
}

/** What `--json` answered. */
export function resultOf({ stdout }: Said): {
  readonly findings: readonly {
    readonly kind: string
    readonly file: string
    readonly line?: number
    readonly column?: number
    readonly shown: string
    readonly advice: string
  }[]
  readonly read: number
  readonly skipped: readonly { readonly file: string; readonly why: string }[]
  readonly ownKeys?: readonly string[]
} {
  return JSON.parse(stdout).result
}

export const filesIn = (said: Said): readonly string[] => resultOf(said).findings.map(({ file }) => file)
