import type { Request } from '../cli/request.ts'
import { layoutOf } from '../plan/layout.ts'
import type { Emit } from '../ports/event.ts'
import type { Files } from '../ports/files.ts'
import type { Ports } from '../ports/ports.ts'
import { resolvePath } from '../profile/paths.ts'
import { fail } from '../problems/problem.ts'
import { rehearsalFolderTaken, writeOutsideRehearsal } from '../problems/state.ts'
import { unknownRehearsalFault } from '../problems/usage.ts'
import { selfOf, type Outside } from '../outside.ts'
import type { World } from '../world.ts'

/** The ports of a simulated laptop, in a folder of its own below the temporary one. */
export async function openRehearsed(
  world: World,
  request: Request,
  emit: Emit,
  base: Pick<Ports, 'files' | 'clock' | 'hashing' | 'prompts'>,
): Promise<Outside> {
  const { common } = request
  const [
    { openRehearsal },
    { parseFaults },
    { observeExec },
    { rehearsedPins },
    { rehearsedProfile },
    { awsNamesIn },
    { rehearsalClock },
    { realHost },
    { codeAsker },
  ] = await Promise.all([
    import('../simulator/rehearsal.ts'),
    import('../simulator/faults.ts'),
    import('../engine/observe.ts'),
    import('./pins.ts'),
    import('./profile.ts'),
    import('../simulator/aws/names.ts'),
    import('./clock.ts'),
    import('../adapters/host.ts'),
    import('../aws/ask-code.ts'),
  ])
  const faults = parseFaults(common.rehearseFaults)
  if ('unknown' in faults) {
    fail(unknownRehearsalFault, {
      detail: faults.unknown.join(', '),
      next: ['devk8s up --help'],
    })
  }
  const folder = await rehearsalFolder(world, base)
  const home = `${folder}/home`
  // The profile is read from where the person stands; all else of theirs is out of sight.
  const kept = Object.entries(world.env).filter(([name]) => /^(PATH|LANG|TERM|DEVK8S_\w+)$/.test(name))
  const env = { ...Object.fromEntries(kept), HOME: home }
  const layout = layoutOf({ cwd: world.cwd, env, home, platform: world.platform })
  // Nobody wants to sit through a real time-out to see what it looks like.
  const haste = faults.faults.length === 0 ? 1 : 60
  const clock = await rehearsalClock(world.clock, haste, `${folder}/clock`, base.files)
  const askCode = codeAsker(base.prompts)
  const profile = await rehearsedProfile({ world, common, env, layout, ...base })
  const laptop = await openRehearsal({
    folder,
    files: base.files,
    places: placesOf(layout),
    clock,
    hashing: base.hashing,
    faults: faults.faults,
    platform: world.platform,
    pinned: rehearsedPins(profile),
    ...(profile === undefined ? {} : { awsNames: awsNamesIn(profile) }),
    isAlive: (pid) => realHost().isAlive(pid),
    ...(askCode === undefined ? {} : { askCode }),
    speed: 3 / haste,
  })
  return {
    ports: {
      ...base,
      clock,
      files: onlyBelow(laptop.files, folder, namedOutputs(request, world.cwd)),
      exec: observeExec(laptop.exec, emit, clock, { simulated: true }),
      programs: laptop.programs,
      aws: laptop.aws,
      net: laptop.net,
      host: { ...laptop.host, self: selfOf(world) },
      hashing: laptop.hashing,
    },
    env,
    layout,
    rehearsal: folder,
    struck: laptop.struck,
    close: async (isDone) => {
      await laptop.save()
      await clock.keep()
      if (isDone && request.command === 'destroy' && (await isBare(base.files, layout))) {
        await base.files.remove(folder)
      }
    },
  }
}

/** Whether nothing is left that a later rehearsal could miss: tools that were kept, another cluster. */
async function isBare(files: Files, { data, minikubeHome }: Outside['layout']): Promise<boolean> {
  return (await files.stat(data)) === undefined && (await files.list(`${minikubeHome}/profiles`)).length === 0
}

const placesOf = ({ minikubeHome, data, userKubeconfig, state }: Outside['layout']) => ({
  minikubeHome,
  privateKubeconfig: (profile: string) => `${data}/kubeconfig/${profile}`,
  userKubeconfig: userKubeconfig[0] ?? `${state}/kubeconfig`,
})

/** One folder per person, so that `status --rehearse` finds what `up --rehearse` made. */
async function rehearsalFolder(
  world: World,
  { files, hashing }: Pick<Ports, 'files' | 'hashing'>,
): Promise<string> {
  const hash = hashing.sha256()
  hash.update(world.home)
  const folder = `${(await files.realPath(world.tempFolder)) ?? world.tempFolder}/devk8s-rehearsal-${hash.hex().slice(0, 8)}`
  await files.makeFolder(folder, 0o700)
  // On a shared machine somebody else may have put a link there.
  const real = await files.realPath(folder)
  if (real !== folder)
    fail(rehearsalFolderTaken, { detail: `${folder} leads to ${real ?? 'nowhere'}.`, next: [`rm ${folder}`] })
  return folder
}

/** Files that the person names to be written, which a rehearsal writes as well. */
function namedOutputs(request: Request, cwd: string): readonly string[] {
  return request.command === 'up' && request.savePlan !== undefined
    ? [resolvePath(cwd, request.savePlan)]
    : []
}

/** A rehearsal that would write anywhere but below its folder, or a file that the person named, is a bug, and is
 * stopped before it does. */
export function onlyBelow(files: Files, folder: string, named: readonly string[]): Files {
  const inside = (path: string) => {
    if (path !== folder && !path.startsWith(`${folder}/`) && !named.includes(path))
      fail(writeOutsideRehearsal, { detail: path })
    return path
  }
  return {
    ...files,
    write: async (path, content, options) => files.write(inside(path), content, options),
    createExclusive: async (path, content) => files.createExclusive(inside(path), content),
    append: async (path, text) => files.append(inside(path), text),
    openWriter: async (path, options) => files.openWriter(inside(path), options),
    rename: async (from, to) => files.rename(inside(from), inside(to)),
    link: async (path, target) => files.link(inside(path), target),
    makeFolder: async (path, mode) => files.makeFolder(inside(path), mode),
    chmod: async (path, mode) => files.chmod(inside(path), mode),
    remove: async (path) => files.remove(inside(path)),
  }
}
