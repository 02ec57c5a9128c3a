import type { CommonRequest } from '../cli/request.ts'
import type { Whereabouts } from '../profile/find.ts'
import type { Session } from './session.ts'

/** What tells where profiles are: a session has it, and so has whoever opens one. */
export type Place = Pick<Session, 'world' | 'env' | 'layout'> & {
  readonly request: { readonly common: CommonRequest }
}

/** Where profiles are looked for; `selector` wins over `--profile`. */
export function whereabouts(
  { request, world, env, layout }: Place,
  selector = request.common.profile,
): Whereabouts {
  return {
    ...(selector === undefined ? {} : { selector }),
    env,
    cwd: world.cwd,
    home: world.home,
    configFolder: layout.config,
    bundledFolder: `${world.packageFolder}/profiles`,
  }
}
