import { firstRunQuestions, readFirstRunAnswers, type FirstRun } from '../cli/wizard.ts'
import { surveyDrivers } from '../facts/driver.ts'
import { readExisting } from '../facts/existing.ts'
import { resolveMemoryMiB } from '../machine/memory.ts'
import { findProfile, lastProfileFile } from '../profile/find.ts'
import { listProfiles } from '../profile/list.ts'
import type { LoadedProfile } from '../profile/profile.ts'
import { isOfSignIn, overridesFile, withOverrides } from '../profile/overrides.ts'
import { loadSessionProfile } from './prepare.ts'
import type { Session } from './session.ts'
import { whereabouts } from './whereabouts.ts'

/**
 * The first `up` on a machine, with a person at the terminal: asks only what cannot be found out, and keeps
 * the answers as the person's overrides. Asks nothing when there is nobody to ask, when anything is known
 * from an earlier run, or when the cluster is there already.
 */
export async function firstRun(session: Session): Promise<void> {
  const { request, world, layout, ports } = session
  const { common } = request
  const person =
    world.stdinIsTTY && world.stderr.isTTY && common.input && !common.yes && common.output === 'human'
  if (!person) return
  if ((await ports.files.stat(`${layout.config}/${lastProfileFile}`)) !== undefined) return
  const kept = await ports.files.readText(`${layout.config}/${overridesFile}`)
  if (kept !== undefined && !isOfSignIn(kept)) return
  const loaded = await loadSessionProfile(session)
  if ((await readExisting(layout.minikubeHome, loaded.profile.cluster.name, ports.files)) !== undefined)
    return
  const answers: Record<string, string> = {}
  for (const question of firstRunQuestions(await whatIsKnown(session, loaded))) {
    answers[question.id] = await ports.prompts.ask(question, session.signal)
  }
  await keepAnswers(session, readFirstRunAnswers(answers), kept)
}

async function whatIsKnown(session: Session, { profile, origins }: LoadedProfile): Promise<FirstRun> {
  const where = whereabouts(session)
  const found = await findProfile(where, session.ports.files)
  const listed = found.by === 'default' ? await listProfiles(where, session.ports.files) : []
  const host = await session.ports.host.read()
  const drivers = await surveyDrivers(host, session.ports, session.signal)
  const docker = drivers.find((driver) => driver.usable)?.docker
  const settled = Object.entries(origins).filter(
    ([, { source }]) => source !== 'default' && source !== 'bundled',
  )
  return {
    profiles: listed.map(({ name, description }) => ({
      value: name,
      label: name,
      ...(description === undefined ? {} : { hint: description }),
    })),
    defaultProfile: 'default',
    drivers: drivers
      .filter(({ usable }) => usable)
      .map(({ driver, reason }) => ({ value: driver, label: driver, hint: reason })),
    availableMiB: docker?.memoryMiB ?? host.memoryMiB,
    suggestedMiB: resolveMemoryMiB(profile.cluster.memoryMiB, host, docker),
    settled: new Set(settled.map(([path]) => path)),
  }
}

async function keepAnswers(
  { layout, ports }: Session,
  { profile, overrides }: ReturnType<typeof readFirstRunAnswers>,
  kept: string | undefined,
): Promise<void> {
  await ports.files.makeFolder(layout.config)
  await ports.files.write(`${layout.config}/${overridesFile}`, withOverrides(kept, overrides))
  if (profile === undefined) return
  await ports.files.write(`${layout.config}/${lastProfileFile}`, `bundled:${profile}\n`)
}
