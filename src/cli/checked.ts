import type { Env, Settings } from './settings.ts'
import type { CommandSpec } from './spec.ts'

/** A command line whose words and values have been checked. */
export interface Checked {
  readonly command: CommandSpec
  readonly settings: Settings
  readonly words: readonly string[]
  /** What stands behind `--`, for commands that take another program's line. */
  readonly rest: readonly string[]
  readonly env: Env
  readonly typed: string
}

/** The key with its value, when there is one. */
export function given<K extends string>(key: K, value: string | undefined): { readonly [P in K]?: string } {
  return (value === undefined ? {} : { [key]: value }) as { readonly [P in K]?: string }
}
