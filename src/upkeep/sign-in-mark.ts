import type { Files } from '../ports/files.ts'

type Env = Readonly<Record<string, string | undefined>>

/** Where a sign-in leaves its traces, whoever does it: the AWS CLI, an SDK, or devk8s. */
export interface SignInPlaces {
  readonly files: readonly string[]
  readonly folders: readonly string[]
}

/** @param sessions where devk8s keeps sessions that a code was typed for. */
export function signInPlaces(home: string, env: Env, sessions: string): SignInPlaces {
  const slash = home.includes('\\') ? '\\' : '/'
  const at = (...parts: readonly string[]) => [home, '.aws', ...parts].join(slash)
  return {
    files: [env['AWS_CONFIG_FILE'] || at('config'), env['AWS_SHARED_CREDENTIALS_FILE'] || at('credentials')],
    folders: [at('sso', 'cache'), env['AWS_LOGIN_CACHE_DIRECTORY'] || at('login', 'cache'), sessions],
  }
}

/** A text that is another one after a sign-in. Costs a look at a few files. */
export async function signInMark(files: Files, { files: single, folders }: SignInPlaces): Promise<string> {
  const within = await Promise.all(
    folders.map(async (folder) => {
      const slash = folder.includes('\\') ? '\\' : '/'
      return (await files.list(folder)).map((name) => `${folder}${slash}${name}`)
    }),
  )
  const all = [...single, ...within.flat()]
  const stats = await Promise.all(all.map(async (path) => files.stat(path).catch(() => undefined)))
  return stats
    .map((stat, index) => `${all[index]} ${stat?.mtimeMs ?? ''} ${stat?.sizeBytes ?? ''}`)
    .join('\n')
}
