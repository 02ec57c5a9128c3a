import { parseArgs } from './cli/parse.ts'
import type { Request } from './cli/request.ts'
import type { ExitCode } from './problems/problem.ts'
import type { World } from './world.ts'

/**
 * The whole program: arguments in, exit code out. The one place that catches.
 * What a command needs is loaded here, on demand, so that asking for help costs next to nothing.
 */
export async function main(argv: readonly string[], world: World): Promise<ExitCode> {
  const parsed = await parseArgs(argv, world.env, {
    // Help lists what a rehearsal can play; the simulator is loaded only then.
    faults: async () => (await import('./simulator/faults.ts')).faultKinds,
  })
  switch (parsed.kind) {
    case 'text':
      world.stdout.write(parsed.text)
      return 0
    case 'usage': {
      const { renderProblem } = await import('./report/problem.ts')
      world.stderr.write(renderProblem(parsed.problem, world))
      return 2
    }
    case 'request':
      return carryOut(parsed.request, world)
  }
}

async function carryOut(request: Request, world: World): Promise<ExitCode> {
  const { runRequest } = await import('./run-request.ts')
  return runRequest(request, world)
}
