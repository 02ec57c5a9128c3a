import { renderShellWords } from '../cli/shell-words.ts'
import type { StepContext } from '../plan/step.ts'

/** Folders of `~/.aws` in which tools keep tokens and sessions. */
const caches = ['sso/cache', 'login/cache', 'cli/cache'] as const
const forOthers = 0o077
const enteredByOthers = 0o011

/**
 * A word about files of the person's that hold AWS keys and can be read by other users of the machine, with the command
 * that closes them; undefined when there are none. The SDKs rewrite the token of a sign-in without a thought about its
 * mode (facts aws, 6), and a config file may hold keys as well.
 */
export async function openToOthers({
  ports: { files, host },
  env,
}: Pick<StepContext, 'ports' | 'env'>): Promise<string | undefined> {
  const home = env['HOME']
  if (home === undefined || (await host.read()).platform === 'win32') return undefined
  const folder = `${home}/.aws`
  const closed = ((await files.stat(folder))?.mode ?? 0) & enteredByOthers ? undefined : `${folder}/`
  const open: string[] = []
  for (const path of await candidates(folder, env, files)) {
    if (closed !== undefined && path.startsWith(closed)) continue
    const stat = await files.stat(path)
    if (stat?.kind === 'file' && (stat.mode & forOthers) !== 0) open.push(path)
  }
  const [first, ...more] = open
  if (first === undefined) return undefined
  const others = more.length === 0 ? '' : ` and ${more.length} more`
  return `Other users of this machine may read ${first}${others}, where AWS keys are: ${renderShellWords(['chmod', '600', ...open])}`
}

async function candidates(
  folder: string,
  env: StepContext['env'],
  files: StepContext['ports']['files'],
): Promise<readonly string[]> {
  const config = env['AWS_CONFIG_FILE'] || `${folder}/config`
  const hasKeys = /^\s*aws_(?:secret_access_key|session_token)\s*=/im.test(
    (await files.readText(config)) ?? '',
  )
  const cached = await Promise.all(
    caches.map(async (cache) =>
      (await files.list(`${folder}/${cache}`))
        .filter((name) => name.endsWith('.json'))
        .map((name) => `${folder}/${cache}/${name}`),
    ),
  )
  return [
    env['AWS_SHARED_CREDENTIALS_FILE'] || `${folder}/credentials`,
    ...(hasKeys ? [config] : []),
    ...cached.flat(),
  ]
}
