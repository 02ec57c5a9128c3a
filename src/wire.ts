import type { Request } from './cli/request.ts'
import { layoutOf } from './plan/layout.ts'
import { resolvePath } from './profile/paths.ts'
import type { Emit } from './ports/event.ts'
import type { Files } from './ports/files.ts'
import type { Ports } from './ports/ports.ts'
import type { RunResult } from './engine/result.ts'
import type { Plan, Runners } from './plan/step.ts'
import { fail } from './problems/problem.ts'
import { rehearsalFolderTaken, writeOutsideRehearsal } from './problems/state.ts'
import { unknownRehearsalFault } from './problems/usage.ts'
import type { Verb } from './verbs/session.ts'
import type { World } from './world.ts'

/** Which runner carries out which kind of step; each is loaded when a plan has one. */
export const runners: Runners = {
  'machine.fit': async () => (await import('./steps/machine-fit.ts')).runner,
  'tool.present': async () => (await import('./steps/tool-present.ts')).runner,
  'cluster.running': async () => (await import('./steps/cluster-running.ts')).runner,
  'cluster.stopped': async () => (await import('./steps/cluster-stopped.ts')).runner,
  'cluster.absent': async () => (await import('./steps/cluster-absent.ts')).runner,
  'addon.ready': async () => (await import('./steps/addon-ready.ts')).runner,
  'addon.absent': async () => (await import('./steps/addon-absent.ts')).runner,
  'objects.applied': async () => (await import('./steps/objects-applied.ts')).runner,
  'manifests.usable': async () => (await import('./steps/manifests-usable.ts')).runner,
  'context.possible': async () => (await import('./steps/context-possible.ts')).runner,
  'context.present': async () => (await import('./steps/context-present.ts')).runner,
  'context.absent': async () => (await import('./steps/context-absent.ts')).runner,
  'sample.served': async () => (await import('./steps/sample-served.ts')).runner,
  'files.absent': async () => (await import('./steps/files-absent.ts')).runner,
}

/** Which verb answers which command; a command without one does not compile. */
export const verbs: { readonly [C in Request['command']]: () => Promise<Verb<C>> } = {
  up: async () => (await import('./verbs/up.ts')).up,
  status: async () => (await import('./verbs/status.ts')).status,
  doctor: async () => (await import('./verbs/doctor.ts')).doctor,
  down: async () => (await import('./verbs/down.ts')).down,
  destroy: async () => (await import('./verbs/destroy.ts')).destroy,
  verify: async () => (await import('./verbs/verify.ts')).verify,
  'profile.list': async () => (await import('./verbs/profile.ts')).profileList,
  'profile.show': async () => (await import('./verbs/profile.ts')).profileShow,
  'profile.validate': async () => (await import('./verbs/profile.ts')).profileValidate,
  'profile.init': async () => (await import('./verbs/profile.ts')).profileInit,
  completion: async () => (await import('./verbs/completion.ts')).completion,
  complete: async () => (await import('./verbs/completion.ts')).complete,
  version: async () => (await import('./verbs/version.ts')).version,
}

/** The way out that a run has, and where its things lie. */
export interface Outside {
  readonly ports: Ports
  readonly env: World['env']
  readonly layout: ReturnType<typeof layoutOf>
  readonly rehearsal?: string
  /** Keeps the simulated laptop for the next rehearsed command. */
  close(isDone: boolean): Promise<void>
}

/** The real machine's ports, or a simulated laptop's when a rehearsal was asked for. */
export async function openOutside(
  world: World,
  request: Request,
  emit: Emit,
  hooks: { readonly onInterrupt: () => void; readonly onReveal: (plain: string) => void },
): Promise<Outside> {
  const { common } = request
  const [
    { realFiles },
    { filesThatTell, execThatTells },
    { realHashing },
    { terminalPrompts },
    { observeExec },
  ] = await Promise.all([
    import('./adapters/files.ts'),
    import('./adapters/revealing.ts'),
    import('./adapters/hash.ts'),
    import('./adapters/prompts.ts'),
    import('./engine/observe.ts'),
  ])
  const base = {
    files: filesThatTell(realFiles(), hooks.onReveal),
    clock: world.clock,
    hashing: realHashing(),
    prompts: terminalPrompts({
      yes: common.yes,
      input: common.input && common.output === 'human',
      isTTY: world.stdinIsTTY && world.stderr.isTTY,
      emit,
      typed: common.typed,
      onInterrupt: hooks.onInterrupt,
    }),
  }
  if (common.rehearse || common.rehearseFaults.length > 0) return openRehearsed(world, request, emit, base)
  const [{ realExec }, { realNet }, { realHost }] = await Promise.all([
    import('./adapters/exec.ts'),
    import('./adapters/net.ts'),
    import('./adapters/host.ts'),
  ])
  const exec = observeExec(execThatTells(realExec({ env: world.env }), hooks.onReveal), emit, world.clock, {
    simulated: false,
  })
  return {
    ports: { ...base, exec, net: realNet({ env: world.env }), host: { ...realHost(), self: selfOf(world) } },
    env: world.env,
    layout: layoutOf(world),
    close: async () => {},
  }
}

const selfOf = ({ pid, hostName }: World) => ({ pid, machine: hostName })

async function openRehearsed(
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
    { rehearsalClock },
    { realHost },
  ] = await Promise.all([
    import('./simulator/rehearsal.ts'),
    import('./simulator/faults.ts'),
    import('./engine/observe.ts'),
    import('./rehearsed-pins.ts'),
    import('./rehearsal-clock.ts'),
    import('./adapters/host.ts'),
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
  const layout = layoutOf({ env, home, platform: world.platform })
  // Nobody wants to sit through a real time-out to see what it looks like.
  const haste = faults.faults.length === 0 ? 1 : 60
  const clock = await rehearsalClock(world.clock, haste, `${folder}/clock`, base.files)
  const laptop = await openRehearsal({
    folder,
    files: base.files,
    places: placesOf(layout),
    clock,
    hashing: base.hashing,
    faults: faults.faults,
    platform: world.platform,
    pinned: await rehearsedPins({ world, common, env, layout, files: base.files, hashing: base.hashing }),
    isAlive: (pid) => realHost().isAlive(pid),
    speed: 2 / haste,
  })
  return {
    ports: {
      ...base,
      clock,
      files: onlyBelow(laptop.files, folder, namedOutputs(request, world.cwd)),
      exec: observeExec(laptop.exec, emit, clock, { simulated: true }),
      net: laptop.net,
      host: { ...laptop.host, self: selfOf(world) },
      hashing: laptop.hashing,
    },
    env,
    layout,
    rehearsal: folder,
    close: async (isDone) => {
      await laptop.save()
      await clock.keep()
      // A laptop that was destroyed leaves nothing: the folder was made for it.
      if (isDone && request.command === 'destroy') await base.files.remove(folder)
    },
  }
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
    makeFolder: async (path, mode) => files.makeFolder(inside(path), mode),
    chmod: async (path, mode) => files.chmod(inside(path), mode),
    remove: async (path) => files.remove(inside(path)),
  }
}

/** Looks at a plan, or carries it out while holding this machine's lock. */
export async function runPlanHere(
  plan: Plan,
  mode: 'look' | 'change',
  world: World,
  { ports, env, layout }: Outside,
  emit: Emit,
): Promise<RunResult> {
  const { runPlan } = await import('./engine/run.ts')
  const go = async () => runPlan(plan, runners, { mode, ports, env, emit, signal: world.signal })
  if (mode === 'look') return go()
  const { withLock } = await import('./engine/lock.ts')
  const holder = {
    pid: world.pid,
    command: `devk8s ${plan.command}`,
    startedAt: world.clock.now(),
    host: world.hostName,
  }
  return withLock(`${layout.state}/devk8s.lock`, holder, ports, world.signal, go)
}
