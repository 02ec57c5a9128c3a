import { Secret } from '../ports/secret.ts'
import type { OutStream } from '../world.ts'

/** Hands credentials to the program that asked for them, on stdout, which is no terminal then. */
export const handOverTo =
  (stdout: OutStream) =>
  (credentials: Secret): void =>
    stdout.write(Secret.reveal(credentials))
