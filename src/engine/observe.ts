import type { Clock } from '../ports/clock.ts'
import type { Emit } from '../ports/event.ts'
import type { Command, Exec, HowToRun, Ran } from '../ports/exec.ts'

/**
 * An Exec that tells of each call by a `command.ran` event once it has ended: what `--show-commands` and
 * the journal live on. Input and environment are left out, since they may carry secrets; arguments cannot.
 * A call that rejects is told with outcome `rejected`, and rejects as before.
 */
export function observeExec(
  exec: Exec,
  emit: Emit,
  clock: Clock,
  { simulated }: { readonly simulated: boolean },
): Exec {
  function tell(command: Command, outcome: string, exitCode: number | null, durationMs: number): void {
    emit({
      type: 'command.ran',
      tool: command.tool,
      argv: [command.program, ...command.args],
      changes: command.changes,
      outcome,
      exitCode,
      durationMs: Math.round(durationMs),
      simulated,
    })
  }

  async function run(command: Command, how: HowToRun): Promise<Ran> {
    const begun = clock.monotonic()
    try {
      const ran = await exec.run(command, how)
      tell(command, ran.outcome, ran.exitCode, ran.durationMs)
      return ran
    } catch (error) {
      tell(command, 'rejected', null, clock.monotonic() - begun)
      throw error
    }
  }

  return { run, find: (program) => exec.find(program) }
}
