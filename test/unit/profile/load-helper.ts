import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll } from 'vitest'
import { realFiles } from '../../../src/adapters/files.ts'
import { realHashing } from '../../../src/adapters/hash.ts'
import type { Problem } from '../../../src/problems/problem.ts'
import { isDevK8sError } from '../../../src/problems/problem.ts'
import type { LoadRequest } from '../../../src/profile/load.ts'
import { loadProfile } from '../../../src/profile/load.ts'
import type { LoadedProfile } from '../../../src/profile/profile.ts'

export const bundledFolder = path.resolve('profiles')

/** The lines that every profile begins with; the body begins on line 4. */
export const head = 'apiVersion: devk8s.dev/v1\nkind: Profile\nmetadata: { name: team }\n'

const made: string[] = []
afterAll(async () => {
  for (const folder of made) await rm(folder, { recursive: true, force: true })
})

/** A new folder with these files, by relative path; gone after the tests of the file. */
export async function folderWith(files: Readonly<Record<string, string | Uint8Array>>): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'devk8s-profile-'))
  made.push(folder)
  for (const [name, content] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(folder, name)), { recursive: true })
    await writeFile(path.join(folder, name), content)
  }
  return folder
}

/** Loads with the folder as the working directory, the home and the place of `config/`. */
export function loadIn(folder: string, request: Partial<LoadRequest> = {}): Promise<LoadedProfile> {
  return loadProfile(
    {
      overrides: {},
      env: {},
      cwd: folder,
      home: folder,
      configFolder: path.join(folder, 'config'),
      bundledFolder,
      ...request,
    },
    realFiles(),
    realHashing(),
  )
}

/** The profile of one file's text. */
export async function loadText(text: string, request: Partial<LoadRequest> = {}): Promise<LoadedProfile> {
  return loadIn(await folderWith({ 'devk8s.yaml': text }), request)
}

/** The problems that a load ends with; none when it succeeds. */
export async function problemsOf(load: Promise<unknown>): Promise<readonly Problem[]> {
  try {
    await load
  } catch (error) {
    if (isDevK8sError(error)) return error.problems
    throw error
  }
  return []
}
