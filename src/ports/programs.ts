import type { Command, Ran } from './exec.ts'

/** Programs that are not waited for in the background: given the terminal, or left to themselves. */
export interface Programs {
  /**
   * Hands the terminal to a program and waits for it: stdin, stdout and stderr are the person's own. Ctrl-C is the
   * program's affair meanwhile. `stdout` and `stderr` of what it gives are empty.
   */
  attach(command: Command): Promise<Ran>
  /** Starts a program that outlives this one, without a terminal. Gives its process id; undefined when it cannot start. */
  detach(command: Command): Promise<number | undefined>
}
