import { isRecord } from '../kubeconfig/entries.ts'
import { find } from '../kubeconfig/local-context.ts'
import { sections } from '../kubeconfig/changes.ts'
import { isOfTeam, type ParsedFiles } from './remote-place.ts'

/** What of the kubeconfig files rests on devk8s, as a team's destroy sees it. */
export interface LauncherUsers {
  /** Whether any entry is that of the team. */
  readonly isOwn: boolean
  /** Contexts of others, of other teams or a person's own, that start the launcher for their credentials. */
  readonly others: readonly string[]
}

/** @param launcher its path. */
export function launcherUsers(parsed: ParsedFiles, team: string, launcher: string): LauncherUsers {
  const isOurs = isOfTeam(team)
  const others = parsed
    .flatMap(({ config }) => config.contexts)
    .filter((context) => {
      const { user } = context.fields
      const exec = typeof user === 'string' ? find(parsed, 'users', user)?.entry.fields['exec'] : undefined
      return !isOurs(context) && isRecord(exec) && exec['command'] === launcher
    })
  return {
    isOwn: parsed.some(({ config }) => sections.some((section) => config[section].some(isOurs))),
    others: [...new Set(others.map(({ name }) => name))],
  }
}
