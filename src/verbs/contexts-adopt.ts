import { adoptionEdits, adoptionOf, type Adoption } from '../contexts/adopt.ts'
import { keepAnswer } from '../contexts/lookup-cache.ts'
import { lookUp, needsLookup } from '../contexts/lookups.ts'
import { protectKey } from '../contexts/protect-key.ts'
import { contextNameOf } from '../contexts/remote-cluster.ts'
import { ownClusters } from '../contexts/remote-discovered.ts'
import { writeColors } from '../contexts/remote-colors.ts'
import { foreignEntry } from '../contexts/remote-place.ts'
import { namedSecret } from '../contexts/remote-secrets.ts'
import { stanzasOf, type Stanzas } from '../contexts/stanzas.ts'
import { editKubeconfig } from '../kubeconfig/edit.ts'
import type { KubeconfigFile } from '../kubeconfig/local-context.ts'
import { parseAll } from '../kubeconfig/local-context.ts'
import { changeUserFiles, readKubeconfigs } from '../kubeconfig/user-files.ts'
import {
  compileContexts,
  type ContextsInput,
  personalKubeconfigs,
  presentStep,
  specsOf,
} from '../plan/compile-contexts.ts'
import type { Secret } from '../ports/secret.ts'
import { contextNotInProfile, contextNotThere } from '../problems/contexts.ts'
import { DevK8sError, fail } from '../problems/problem.ts'
import { suggest } from '../profile/faults.ts'
import { contextsInput } from './contexts-sync.ts'
import { consentTo } from './consent.ts'
import type { Session, Verb, VerbEnd } from './session.ts'

type AdoptSession = Parameters<Verb<'contexts.adopt'>>[0]

/** One of the profile's contexts with what it should be. */
interface Wish {
  readonly wanted: Stanzas
  readonly secret?: Secret
}

/** Takes over contexts of the person's own: shows what would change, asks, keeps the old versions, and marks them. */
export async function adopt(session: AdoptSession): Promise<VerbEnd> {
  const { request, ports } = session
  const input = await contextsInput(session)
  const wishes = await wishesFor(session, input, [...new Set(request.names)])
  const files = await readKubeconfigs(ports.files, personalKubeconfigs(input))
  const { profile } = input.loaded
  const adoptions = wishes.flatMap((wish) => {
    const adoption = adoptionIn(files, wish, profile.name)
    return adoption === undefined ? [] : [{ wish, adoption }]
  })
  const lines = adoptions.flatMap(({ wish, adoption }) => describe(wish.wanted.name, adoption))
  if (adoptions.length > 0)
    await agree(
      session,
      adoptions.map(({ wish }) => wish.wanted.name),
      lines,
    )
  for (const { wish } of adoptions) await takeOver(session, wish, input)
  const exit = adoptions.length > 0 ? await withLauncher(session, input) : 0
  const names = adoptions.map(({ wish }) => wish.wanted.name)
  const kept = wishes.map(({ wanted }) => wanted.name).filter((name) => !names.includes(name))
  session.answer(
    { adopted: names, unchanged: kept },
    [
      ...names.map((name) => `Adopted context ${name}: devk8s keeps it up to date from now on.\n`),
      ...kept.map((name) => `Context ${name} is devk8s’ already.\n`),
    ].join(''),
  )
  return { exit, next: names.length > 0 ? ['devk8s contexts undo'] : [] }
}

/** What the entries start for credentials. */
async function withLauncher(session: AdoptSession, input: ContextsInput): Promise<VerbEnd['exit']> {
  const { steps, ...plan } = compileContexts(input, { prune: false, fresh: false })
  const launcher = { ...plan, steps: steps.filter(({ kind }) => kind === 'launcher.present') }
  return (await session.run(launcher, 'change')).exit
}

/** @throws DevK8sError DK4062 for a name that the profile does not have, and what a lookup throws. */
async function wishesFor(
  session: AdoptSession,
  input: ContextsInput,
  names: readonly string[],
): Promise<readonly Wish[]> {
  const specs = specsOf(input.loaded.profile)
  const known: string[] = []
  const wishes = new Map<string, Wish>()
  const { ports, signal, env } = session
  for (const spec of specs) {
    known.push(spec.name)
    const isMeant = names.some((name) =>
      spec.eks?.discover === true ? name.startsWith(`${spec.name}-`) : name === spec.name,
    )
    if (!isMeant) continue
    const { want } = presentStep(input, spec, specs, { fresh: true })
    const answer = await lookUp(spec, want.region, ports.aws, signal)
    if (needsLookup(spec)) {
      await keepAnswer(want, answer, { files: ports.files, env, at: ports.clock.now() })
    }
    const reach = { ports, env, signal, once: async <T>(_key: string, read: () => Promise<T>) => read() }
    const { clusters } = await ownClusters(want, answer.clusters, want.others ?? [], reach)
    for (const found of clusters) {
      const name = contextNameOf(spec, found)
      if (found.isReady === false || !names.includes(name)) continue
      const wanted = stanzasOf({
        spec,
        found,
        name,
        protectedAs: protectKey(want.team, name),
        launcher: want.launcher,
      })
      const from = wanted.secret?.from
      const secret = from === undefined ? undefined : await namedSecret(from, { files: ports.files, env })
      wishes.set(name, { wanted, ...(secret === undefined ? {} : { secret }) })
    }
  }
  return names.map((name) => {
    const wish = wishes.get(name)
    if (wish !== undefined) return wish
    const detail = `Profile ${input.loaded.profile.name} has no context ${name}.${suggest(name, known)}`
    return fail(contextNotInProfile, { detail, next: ['devk8s contexts diff'] })
  })
}

/**
 * Undefined when the context is devk8s' already.
 * @throws DevK8sError DK4030 for a file that cannot be read, DK4063 when there is no such context.
 */
function adoptionIn(
  files: readonly KubeconfigFile[],
  { wanted, secret }: Wish,
  team: string,
): Adoption | undefined {
  const parsed = parseAll(files)
  if ('problem' in parsed) throw new DevK8sError(parsed.problem)
  const adoption = adoptionOf(parsed, wanted, team, secret)
  const isForeign = foreignEntry(parsed, team, wanted.name) !== undefined
  if (adoption !== undefined) return isForeign ? adoption : undefined
  const detail = `Your kubeconfig files have no context ${wanted.name}.`
  return fail(contextNotThere, { detail, next: ['devk8s contexts sync'] })
}

/** What would change of one context, one line each. */
function describe(name: string, { changes }: Adoption): readonly string[] {
  const line = ({ field, from, to, effect }: Adoption['changes'][number]) => {
    if (effect === 'remove') return `- ${field}${from === undefined ? '' : `: ${from}`}`
    return from === undefined ? `+ ${field}: ${to ?? ''}` : `~ ${field}: ${from} → ${to ?? ''}`
  }
  return [`context ${name}`, ...changes.map((change) => `  ${line(change)}`)]
}

async function agree(session: Session, names: readonly string[], details: readonly string[]): Promise<void> {
  const text = `Let devk8s keep ${names.join(', ')} from now on? The old version of the file is kept.`
  const asked = { id: 'contexts.adopt', destructive: true, text, details }
  await consentTo(session, asked, { detail: 'Nothing was changed.', next: [] })
}

async function takeOver(session: AdoptSession, wish: Wish, input: ContextsInput): Promise<void> {
  const { ports, signal } = session
  const { want } = presentStep(input, { name: wish.wanted.name }, [], { fresh: true })
  const { wanted } = wish
  // What the context names is known only before the first file has changed.
  const first = adoptionIn(await readKubeconfigs(ports.files, want.userKubeconfig), wish, want.team)
  if (first === undefined) return
  const { secret } = first
  await changeUserFiles(
    ports,
    want,
    ({ path, text = '' }, all) => {
      const parsed = parseAll(all)
      if ('problem' in parsed) throw new DevK8sError(parsed.problem)
      const again = adoptionOf(parsed, wanted, want.team, secret)
      if (again === undefined) return text
      const now = { ...again, former: first.former }
      const edit = (plain?: string) =>
        editKubeconfig(text, adoptionEdits(parsed, path, now, wanted.name, plain), path)
      return secret === undefined ? edit() : secret.map(edit)
    },
    signal,
  )
  await writeColors(want.colors, want.userKubeconfig, ports.files)
}
