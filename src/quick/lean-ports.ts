import { isAlive } from '../adapters/alive.ts'
import { realFiles } from '../adapters/files.ts'
import { realHashing } from '../adapters/hash.ts'
import { lazyAws } from '../adapters/lazy-aws.ts'
import type { OnReveal } from '../adapters/revealing.ts'
import type { Request } from '../cli/request.ts'
import { selfOf } from '../outside.ts'
import type { Emit } from '../ports/event.ts'
import type { Ports } from '../ports/ports.ts'
import type { World } from '../world.ts'

/**
 * The real ports, of which only the files are there at once: each of the others is loaded by its first use, and most
 * runs of an everyday command use none.
 */
export function leanPorts(
  request: Request,
  world: World,
  emit: Emit,
  hooks: { readonly onInterrupt: () => void; readonly onReveal: OnReveal },
): Ports {
  const { env, clock } = world
  const files = realFiles()
  const hashing = realHashing()
  const exec = once(async () => (await import('../adapters/exec.ts')).realExec({ env }))
  const programs = once(async () => (await import('../adapters/programs.ts')).realPrograms({ env }))
  const net = once(async () =>
    (await import('../adapters/net.ts')).realNet({ env, onReveal: hooks.onReveal }),
  )
  const prompts = once(async () => promptsOf(request, world, emit, hooks))
  return {
    files,
    clock,
    hashing,
    host: {
      self: selfOf(world),
      isAlive,
      read: async () => (await import('../adapters/host.ts')).realHost().read(),
    },
    aws: lazyAws(async () =>
      (await import('../adapters/aws-of-world.ts')).awsOf(
        world,
        { files, hashing, prompts: await prompts() },
        hooks.onReveal,
      ),
    ),
    exec: {
      run: async (command, how) => (await exec()).run(command, how),
      find: async (program) => (await exec()).find(program),
    },
    programs: {
      attach: async (command) => (await programs()).attach(command),
      detach: async (command) => (await programs()).detach(command),
    },
    net: {
      get: async (wanted) => (await net()).get(wanted),
      canListen: async (host, port) => (await net()).canListen(host, port),
    },
    prompts: { ask: async (question, signal) => (await prompts()).ask(question, signal) },
  }
}

async function promptsOf(
  { common }: Request,
  { stdinIsTTY, stderr }: World,
  emit: Emit,
  { onInterrupt }: { readonly onInterrupt: () => void },
) {
  const { terminalPrompts } = await import('../adapters/prompts.ts')
  return terminalPrompts({
    yes: common.yes,
    input: common.input && common.output === 'human',
    isTTY: stdinIsTTY && stderr.isTTY,
    emit,
    typed: common.typed,
    onInterrupt,
  })
}

function once<T>(load: () => Promise<T>): () => Promise<T> {
  let loading: Promise<T> | undefined
  return () => (loading ??= load())
}
