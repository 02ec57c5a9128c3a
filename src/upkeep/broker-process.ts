import type { Ports } from '../ports/ports.ts'
import { brokerCommand } from './broker-units.ts'

/** What it takes to find a broker. */
export interface BrokerReach {
  readonly ports: Pick<Ports, 'exec' | 'files' | 'host'>
  readonly signal: AbortSignal
}

const timeoutMs = 10_000

/**
 * Whether the process of that number is a broker, by its command line. Undefined where nobody tells: Windows has no
 * `ps`, and that of BusyBox cannot be asked for one process.
 */
export async function isBrokerProcess(
  pid: number,
  { ports: { exec }, signal }: Omit<BrokerReach, 'ports'> & { readonly ports: Pick<Ports, 'exec'> },
): Promise<boolean | undefined> {
  // Without a terminal the ps of macOS cuts the line after 79 columns, but for -ww (ps(1)).
  const args = ['-ww', '-p', String(pid), '-o', 'args=']
  const ran = await exec.run({ tool: 'system', program: 'ps', args, changes: false }, { timeoutMs, signal })
  if (ran.outcome !== 'exited') return undefined
  const line = ran.stdout.trim()
  if (ran.exitCode === 0) return line === '' ? undefined : line.includes(brokerCommand)
  // A process that is not there is no fault to ps, which then says nothing at all.
  return line === '' && ran.stderr.trim() === '' ? false : undefined
}
