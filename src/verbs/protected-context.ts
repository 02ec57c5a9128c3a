import { aliasesOf, isProtected, matchContext } from '../contexts/match.ts'
import { nameOfKey, protectKeyOf } from '../contexts/protect-key.ts'
import { isRemote, type RemoteMarker } from '../kubeconfig/marker.ts'
import { parseAll } from '../kubeconfig/local-context.ts'
import { readKubeconfigs } from '../kubeconfig/user-files.ts'
import type { ContextInFile } from '../kubeconfig/view.ts'
import { contextUnknown } from '../problems/switching.ts'
import { DevK8sError, fail } from '../problems/problem.ts'
import type { Session } from './session.ts'

/** A context, and what its credentials are withheld by. */
export interface Guarded {
  readonly context: ContextInFile
  readonly isProtected: boolean
  readonly source: RemoteMarker['source'] | undefined
  /** The key of its protection, as its user entry gives it. Undefined when its credentials do not come through devk8s. */
  readonly key: string | undefined
}

/**
 * All contexts of the person's kubeconfig files, with the key that their user entry gives to `--protect`.
 * @throws DevK8sError DK4030 when a file is no kubeconfig.
 */
export async function guardedContexts({ ports, layout }: Session): Promise<readonly Guarded[]> {
  const parsed = parseAll(await readKubeconfigs(ports.files, layout.userKubeconfig))
  if ('problem' in parsed) throw new DevK8sError(parsed.problem)
  const users = parsed.flatMap(({ config }) => config.users)
  const seen = new Set<string>()
  return parsed.flatMap(({ path, config }) =>
    config.contexts.flatMap(({ name, fields, marker }) => {
      // Of two with one name the first is kubectl's.
      if (seen.has(name)) return []
      seen.add(name)
      const user = users.find((entry) => entry.name === fields['user'])
      const { cluster, namespace, user: userName } = fields
      const context = {
        name,
        file: path,
        ...(typeof cluster === 'string' ? { cluster } : {}),
        ...(typeof userName === 'string' ? { user: userName } : {}),
        ...(typeof namespace === 'string' ? { namespace } : {}),
        ...(marker === undefined ? {} : { marker }),
      }
      return [
        {
          context,
          isProtected: isProtected(context),
          source: isRemote(marker) ? marker.source : undefined,
          key: protectKeyOf(user?.fields),
        },
      ]
    }),
  )
}

/** The one that a name means: by its name, an alias, its key, or the name it has in the profile; never by a part. */
export function guardedNamed(name: string, all: readonly Guarded[]): Guarded | undefined {
  const match = matchContext(
    name,
    all.map(({ context }) => context),
  )
  if (match.kind === 'found' && match.by !== 'part') {
    return all.find(({ context }) => context.name === match.context.name)
  }
  const keyed = (isMeant: (key: string) => boolean) =>
    all.filter(({ key }) => key !== undefined && isMeant(key))
  const [found, second] = [...keyed((key) => key === name), ...keyed((key) => nameOfKey(key) === name)]
  return found?.key === name || second === undefined ? found : undefined
}

/** Ends with what there is instead. */
export function noSuchContext(name: string, all: readonly Guarded[]): never {
  const guarded = all.filter((each) => each.isProtected).map(({ context }) => context)
  const names = guarded.map((context) => [context.name, ...aliasesOf(context)].join(', also called '))
  const there = names.length === 0 ? 'No context is protected.' : `Protected are: ${names.join('; ')}.`
  fail(contextUnknown, {
    detail: `No context is called “${name}”; it has to be its whole name or an alias. ${there}`,
    next: ['devk8s contexts list --protected'],
  })
}
