import { contextNameOf } from '../contexts/remote-cluster.ts'
import { writeColors } from '../contexts/remote-colors.ts'
import { ownClusters } from '../contexts/remote-discovered.ts'
import { whereIs } from '../contexts/remote-known.ts'
import type { ParsedFiles } from '../contexts/remote-place.ts'
import { guardedIn, trimmingOf } from '../contexts/remote-trim.ts'
import { editKubeconfig } from '../kubeconfig/edit.ts'
import { parseAll } from '../kubeconfig/local-context.ts'
import { changeUserFiles, readKubeconfigs } from '../kubeconfig/user-files.ts'
import type { Finding, Runner, StepContext, Wants } from '../plan/step.ts'
import { DevK8sError } from '../problems/problem.ts'

type Want = Readonly<Wants['remote-contexts.trimmed']>

/** No context of the team is left that its profile has no more; without `prune` those are only told of. */
export const runner: Runner<'remote-contexts.trimmed'> = {
  lane: 'host',
  settleMs: 0,

  async check({ want }, context): Promise<Finding> {
    const parsed = parseAll(await readKubeconfigs(context.ports.files, filesOf(want)))
    if ('problem' in parsed) return { state: 'blocked', problem: parsed.problem }
    // Nothing of the team's that an entry of the profile does not stand for by name: nobody has to be asked.
    const perhaps = trimmingOf(parsed, want.team, (name) => isStandingByName(want, name), want)
    if (perhaps.changes.length === 0) return { state: 'ready' }
    const isStanding = await standing(want, context)
    if (want.prune) {
      const { names, changes } = trimmingOf(parsed, want.team, withGuarded(want, parsed, isStanding), want)
      const all = guardedIn(parsed, want.team, isStanding).map(({ name }) => name)
      const guarded = [...new Set(all)].filter((name) => !names.includes(name))
      const notes = guarded.map((name) => ({ level: 'warning', text: guardedText(name) }) as const)
      const told = { notes, detail: guarded.length === 0 ? {} : { guarded } }
      return changes.length === 0 ? { state: 'ready', ...told } : { state: 'drifted', changes, ...told }
    }
    const { names, changes } = trimmingOf(parsed, want.team, isStanding, want)
    if (changes.length === 0) return { state: 'ready' }
    const text = `The profile has ${names.join(', ')} no more; devk8s contexts sync --prune removes ${names.length === 1 ? 'it' : 'them'}.`
    const notes = names.length === 0 ? [] : [{ level: 'info', text } as const]
    return { state: 'ready', notes, detail: { dropped: names } }
  },

  async apply({ want }, _found, context) {
    const { ports, signal } = context
    const isStanding = await standing(want, context)
    const before = parseAll(await readKubeconfigs(ports.files, filesOf(want)))
    if ('problem' in before) throw new DevK8sError(before.problem)
    const stays = withGuarded(want, before, isStanding)
    const { names } = trimmingOf(before, want.team, stays, want)
    await changeUserFiles(
      ports,
      { ...want, userKubeconfig: filesOf(want) },
      ({ path, text = '' }, all) => {
        const parsed = parseAll(all)
        if ('problem' in parsed) throw new DevK8sError(parsed.problem)
        const edits = trimmingOf(parsed, want.team, stays, { ...want, gone: names }).edits.get(path)
        return edits === undefined ? text : editKubeconfig(text, edits, path)
      },
      signal,
    )
    await writeColors(want.colors, want.userKubeconfig, ports.files)
  },
}

const guardedText = (name: string) =>
  `The profile has ${name} no more, but it is protected: it goes only when its name is typed in a terminal, or with --yes-prod.`

/** What stands, and with it the protected contexts that nobody has agreed to give up. */
function withGuarded(
  { team, agreed = [] }: Want,
  parsed: ParsedFiles,
  isStanding: (name: string) => boolean,
): (name: string) => boolean {
  if (agreed === 'all') return isStanding
  const kept = new Set(
    guardedIn(parsed, team, isStanding)
      .filter(({ name }) => !agreed.includes(name))
      .map(({ profileName }) => profileName),
  )
  return (name) => isStanding(name) || kept.has(name)
}

/** A shell that is bound has a copy of its context, which would be left without its user. */
const filesOf = ({ boundFile, userKubeconfig }: Want): readonly string[] =>
  boundFile === undefined ? userKubeconfig : [boundFile, ...userKubeconfig]

/** Whether an entry of the profile has the name; one that discovers has all that begin with its own. */
function isStandingByName({ specs }: Want, name: string): boolean {
  return specs.some((spec) => spec.eks?.discover !== true && spec.name === name)
}

/** As `isStandingByName`, with the clusters that are there to discover; while nobody can be asked all of them stand. */
async function standing(want: Want, context: StepContext): Promise<(name: string) => boolean> {
  const found = new Set<string>()
  const open: string[] = []
  for (const spec of want.specs.filter(({ eks }) => eks?.discover === true)) {
    const known = await whereIs({ ...want, spec }, context)
    if (known.state === 'unknown') open.push(`${spec.name}-`)
    else {
      const others = want.specs.filter((each) => each !== spec)
      const { clusters, doubtful } = await ownClusters({ ...want, spec }, known.clusters, others, context)
      for (const cluster of [...clusters, ...doubtful]) found.add(contextNameOf(spec, cluster))
    }
  }
  return (name) =>
    isStandingByName(want, name) || found.has(name) || open.some((start) => name.startsWith(start))
}
