import type { Request } from './cli/request.ts'
import { layoutOf } from './plan/layout.ts'
import type { Emit } from './ports/event.ts'
import type { RunResult } from './engine/result.ts'
import type { Plan, Runners } from './plan/step.ts'
import type { Verb } from './verbs/session.ts'
import { selfOf, type Outside } from './outside.ts'
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
  'launcher.present': async () => (await import('./steps/launcher-present.ts')).runner,
  'remote-context.present': async () => (await import('./steps/remote-context-present.ts')).runner,
  'remote-contexts.trimmed': async () => (await import('./steps/remote-contexts-trimmed.ts')).runner,
  'aws-identity.admitted': async () => (await import('./steps/aws-identity-admitted.ts')).runner,
  'upkeep.recorded': async () => (await import('./steps/upkeep-recorded.ts')).runner,
  'upkeep.fresh': async () => (await import('./steps/upkeep-fresh.ts')).runner,
  'aws-agent.running': async () => (await import('./steps/aws-agent-running.ts')).runner,
  'aws-routes.present': async () => (await import('./steps/aws-routes-present.ts')).runner,
  'aws-keys.absent': async () => (await import('./steps/aws-keys-absent.ts')).runner,
  'broker.absent': async () => (await import('./steps/broker-absent.ts')).runner,
  'registry-push.impossible': async () => (await import('./steps/registry-push-impossible.ts')).runner,
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
  switch: async () => (await import('./verbs/switch.ts')).switchContext,
  env: async () => (await import('./verbs/env.ts')).env,
  namespaces: async () => (await import('./verbs/namespaces.ts')).namespaces,
  exec: async () => (await import('./verbs/exec.ts')).exec,
  'contexts.list': async () => (await import('./verbs/contexts-look.ts')).contextsList,
  'contexts.show': async () => (await import('./verbs/contexts-look.ts')).contextsShow,
  'contexts.diff': async () => (await import('./verbs/contexts-sync.ts')).contextsDiff,
  'contexts.sync': async () => (await import('./verbs/contexts-sync.ts')).contextsSync,
  'contexts.adopt': async () => (await import('./verbs/contexts-sync.ts')).contextsAdopt,
  'contexts.rename': async () => (await import('./verbs/contexts-change.ts')).contextsRename,
  'contexts.remove': async () => (await import('./verbs/contexts-change.ts')).contextsRemove,
  'contexts.color': async () => (await import('./verbs/contexts-change.ts')).contextsColor,
  'contexts.undo': async () => (await import('./verbs/contexts-undo.ts')).contextsUndo,
  'contexts.lint': async () => (await import('./verbs/contexts-lint.ts')).contextsLint,
  unlock: async () => (await import('./verbs/unlock.ts')).unlock,
  lock: async () => (await import('./verbs/unlock.ts')).lock,
  token: async () => (await import('./verbs/token.ts')).token,
  'prompt.init': async () => (await import('./verbs/prompt.ts')).promptInit,
  'alias.install': async () => (await import('./verbs/alias.ts')).aliasInstall,
  'alias.remove': async () => (await import('./verbs/alias.ts')).aliasRemove,
  'aws.login': async () => (await import('./verbs/aws-login.ts')).awsLogin,
  'aws.logout': async () => (await import('./verbs/aws-logout.ts')).awsLogout,
  'aws.status': async () => (await import('./verbs/aws-status.ts')).awsStatus,
  'aws.refresh': async () => (await import('./verbs/aws-refresh.ts')).awsRefresh,
  'aws.whoami': async () => (await import('./verbs/aws-whoami.ts')).awsWhoami,
  'aws.why': async () => (await import('./verbs/aws-why.ts')).awsWhy,
  'aws.import': async () => (await import('./verbs/aws-import.ts')).awsImport,
  'aws.attach': async () => (await import('./verbs/aws-attach.ts')).awsAttach,
  'aws.broker.start': async () => (await import('./verbs/aws-broker.ts')).brokerStart,
  'aws.broker.stop': async () => (await import('./verbs/aws-broker.ts')).brokerStop,
  'aws.broker.status': async () => (await import('./verbs/aws-broker.ts')).brokerStatus,
  'guard.scan': async () => (await import('./verbs/guard-scan.ts')).guardScan,
  'guard.install': async () => (await import('./verbs/guard-hook.ts')).guardInstall,
  'guard.remove': async () => (await import('./verbs/guard-hook.ts')).guardRemove,
  'guard.policy': async () => (await import('./verbs/guard-policy.ts')).guardPolicy,
  broker: async () => (await import('./verbs/broker.ts')).broker,
  kubectx: async () => (await import('./verbs/kubectx.ts')).kubectx,
  return: async () => (await import('./verbs/return.ts')).returnBack,
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
  if (common.rehearse || common.rehearseFaults.length > 0) {
    const { openRehearsed } = await import('./rehearsal/open.ts')
    return openRehearsed(world, request, emit, base)
  }
  const [{ realExec }, { realNet }, { realHost }, { realPrograms }, { lazyAws }] = await Promise.all([
    import('./adapters/exec.ts'),
    import('./adapters/net.ts'),
    import('./adapters/host.ts'),
    import('./adapters/programs.ts'),
    import('./adapters/lazy-aws.ts'),
  ])
  const exec = observeExec(execThatTells(realExec({ env: world.env }), hooks.onReveal), emit, world.clock, {
    simulated: false,
  })
  return {
    ports: {
      ...base,
      exec,
      programs: realPrograms({ env: world.env }),
      aws: lazyAws(async () =>
        (await import('./adapters/aws-of-world.ts')).awsOf(world, base, hooks.onReveal),
      ),
      net: realNet({ env: world.env, onReveal: hooks.onReveal }),
      host: { ...realHost(), self: selfOf(world) },
    },
    env: world.env,
    layout: layoutOf(world),
    close: async () => {},
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
  const { machine, bootId } = selfOf(world)
  const holder = {
    pid: world.pid,
    command: `devk8s ${plan.command}`,
    startedAt: world.clock.now(),
    host: machine,
    ...(bootId === undefined ? {} : { boot: bootId }),
  }
  return withLock(`${layout.state}/devk8s.lock`, holder, ports, world.signal, go)
}
