import type { Json } from '../ports/event.ts'
import { explainRows, type ExplainRow } from '../profile/explain.ts'
import { applyNewProfile, profileNameFrom } from '../profile/init.ts'
import { listProfiles, type ListedProfile } from '../profile/list.ts'
import { baseNameOf, resolvePath } from '../profile/paths.ts'
import { columnsOf } from '../world.ts'
import { loadSessionProfile } from './prepare.ts'
import type { Verb } from './session.ts'
import { renderTable } from './table.ts'
import { whereabouts } from './whereabouts.ts'

/** The profiles that can be named from here; a star marks the one a command would use. */
export const profileList: Verb<'profile.list'> = async (session) => {
  const listed = await listProfiles(whereabouts(session), session.ports.files)
  session.answer(
    listed.map(listedJson),
    renderTable(
      listed.map(({ name, from, description, current }) => [
        current ? '*' : ' ',
        name,
        from,
        description ?? '',
      ]),
      columnsOf(session.world.stdout),
    ),
  )
  return { exit: 0 }
}

const listedJson = ({ name, path, from, description, current }: ListedProfile): Json => ({
  name,
  path,
  from,
  description: description ?? null,
  current,
})

/** Every value of the profile as it holds here; `--explain` says where each comes from. */
export const profileShow: Verb<'profile.show'> = async (session) => {
  const rows = explainRows(await loadSessionProfile(session))
  const { explain } = session.request
  const cells = ({ path, value, where }: ExplainRow) => (explain ? [path, where, value] : [path, value])
  session.answer(
    rows.map((row) => ({ ...row })),
    renderTable(rows.map(cells), columnsOf(session.world.stdout)),
  )
  return { exit: 0 }
}

/** Reads a profile with all that it extends, and says every fault there is (exit 2). */
export const profileValidate: Verb<'profile.validate'> = async (session) => {
  const { profile, hash } = await loadSessionProfile(session, session.request.path)
  const file = profile.file ?? 'bundled'
  session.answer(
    { valid: true, name: profile.name, file, hash },
    `Profile ${profile.name} is valid (${file}).\n`,
  )
  return { exit: 0 }
}

/** Writes a starter `devk8s.yaml`, here unless a path is given. */
export const profileInit: Verb<'profile.init'> = async (session) => {
  const { request, world, ports } = session
  const wanted = resolvePath(world.cwd, request.path ?? 'devk8s.yaml')
  // A rehearsal shows the file without leaving one among the person's own.
  const path = session.rehearsal === undefined ? wanted : resolvePath(session.rehearsal, baseNameOf(wanted))
  const name = profileNameFrom(baseNameOf(world.cwd))
  await applyNewProfile(path, { name, extends: request.from ?? 'default' }, ports.files, {
    force: request.force,
  })
  session.answer({ path, name }, `Wrote ${path}.\n`)
  const next =
    session.rehearsal === undefined
      ? ['devk8s profile validate', 'devk8s plan']
      : [`devk8s profile validate ${path}`, `devk8s plan --profile ${path}`]
  return { exit: 0, next }
}
