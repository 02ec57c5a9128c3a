import type { CommonRequest } from '../cli/request.ts'
import type { Layout } from '../plan/layout.ts'
import type { Files } from '../ports/files.ts'
import type { Hashing } from '../ports/hash.ts'
import { isDevK8sError } from '../problems/problem.ts'
import { loadProfile } from '../profile/load.ts'
import type { Profile } from '../profile/profile.ts'
import { whereabouts } from '../verbs/whereabouts.ts'
import type { World } from '../world.ts'

interface Given {
  readonly world: World
  readonly common: CommonRequest
  readonly env: World['env']
  readonly layout: Layout
  readonly files: Files
  readonly hashing: Hashing
}

/** The profile that is rehearsed; undefined for one with faults: its verb says what is wrong with it. */
export async function rehearsedProfile(given: Given): Promise<Profile | undefined> {
  const { world, common, env, layout, files, hashing } = given
  try {
    const where = whereabouts({ request: { common }, world, env, layout })
    return (await loadProfile({ ...where, overrides: common.overrides }, files, hashing)).profile
  } catch (error) {
    if (isDevK8sError(error)) return undefined
    throw error
  }
}
