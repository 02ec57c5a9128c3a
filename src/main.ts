import type { Request } from './cli/request.ts'
import { asInvoked, invocationOf } from './invocation.ts'
import type { Problem } from './problems/problem.ts'
import { isLean, runLean } from './quick/lean.ts'
import { quickRequest } from './quick/recognise.ts'
import type { World } from './world.ts'

// The build makes one file of this module and what it imports (scripts/build.mjs). bin.ts loads that and no other; the
// rest of the program gets Secret from it, since two copies of the class could not read each other's.
export { realClock } from './adapters/clock.ts'
export { Secret } from './ports/secret.ts'

/**
 * The whole program: arguments in, exit code out. The one place that catches.
 * What a command needs is loaded here, on demand, so that asking for help costs next to nothing.
 */
export async function main(argv: readonly string[], world: World): Promise<number> {
  const quick = quickRequest(argv, world.env, world.invokedAs)
  if (quick !== undefined) return carryOut(quick, world)
  const { parseArgs } = await import('./cli/parse.ts')
  const parsed = await parseArgs(argv, world.env, {
    // Help lists what a rehearsal can play; the simulator is loaded only then.
    faults: async () => (await import('./simulator/faults.ts')).faultKinds,
  })
  switch (parsed.kind) {
    case 'text':
      world.stdout.write(parsed.text)
      return 0
    case 'usage':
      await tellUsage(parsed.problem, argv, world)
      return 2
    case 'request':
      return carryOut(parsed.request, world)
  }
}

async function carryOut(request: Request, world: World): Promise<number> {
  if (isLean(request)) return runLean(request, world)
  const { runRequest } = await import('./run-request.ts')
  return runRequest(request, world)
}

/** A fault of the command line itself. Programs that asked for JSON get their document all the same. */
async function tellUsage(problem: Problem, argv: readonly string[], world: World): Promise<void> {
  const wanted =
    argv.includes('--json') ||
    argv.some((word, at) => word === '--output=json' || (word === 'json' && argv[at - 1] === '--output'))
  const invocation = invocationOf(world.env)
  const { problem: told } = asInvoked({ type: 'problem', problem }, invocation)
  if (!wanted) {
    const { renderProblem } = await import('./report/problem.ts')
    world.stderr.write(renderProblem(told, world))
    return
  }
  const [{ createJsonReporter }, { createRedaction }] = await Promise.all([
    import('./report/json.ts'),
    import('./engine/redact.ts'),
  ])
  const reporter = createJsonReporter({
    stdout: world.stdout,
    showCommands: false,
    redaction: createRedaction(),
  })
  const at = world.clock.now()
  reporter.emit({ at, type: 'run.started', command: argv[0] ?? '', version: world.version, mode: 'look' })
  reporter.emit({ at, type: 'problem', problem: told })
  reporter.emit({ at, type: 'run.finished', exit: 2, durationMs: 0, next: [] })
  reporter.close({})
}
