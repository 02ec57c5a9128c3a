import { leftoverListArgs, type Leftover } from './commands.ts'
import type { MinikubeRef, ReadReach } from './types.ts'

type Reach = Pick<ReadReach, 'ports' | 'signal'>

const dockerTimeoutMs = 15_000

/** Of what was asked for, the kinds of which Docker still has one of minikube's for this profile. */
export async function checkLeftovers(
  ref: MinikubeRef,
  kinds: readonly Leftover[],
  { ports: { exec }, signal }: Reach,
): Promise<readonly Leftover[] | 'unreachable'> {
  const found: Leftover[] = []
  for (const kind of kinds) {
    const ran = await exec.run(leftoverListArgs(ref, kind), { timeoutMs: dockerTimeoutMs, signal })
    if (ran.exitCode !== 0) return 'unreachable'
    // Other nodes and clusters have names of their own; only what is called like the profile is its.
    const names = ran.stdout.split('\n').map((name) => name.trim())
    if (names.includes(ref.profile)) found.push(kind)
  }
  return found
}
