import type { Aws } from './aws.ts'
import type { Clock } from './clock.ts'
import type { Exec } from './exec.ts'
import type { Files } from './files.ts'
import type { Hashing } from './hash.ts'
import type { Host } from './host.ts'
import type { Net } from './net.ts'
import type { Programs } from './programs.ts'
import type { Prompts } from './prompts.ts'

/** Every way out of the program. Handed in, so that a test or a rehearsal is another set of these. */
export interface Ports {
  readonly exec: Exec
  readonly programs: Programs
  readonly files: Files
  readonly net: Net
  readonly host: Host
  readonly clock: Clock
  readonly aws: Aws
  readonly hashing: Hashing
  readonly prompts: Prompts
}
