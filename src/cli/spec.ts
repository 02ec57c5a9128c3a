/** What a value must be: `undefined` when it may stand, otherwise what is allowed, to end a sentence. */
export type Check = (value: string) => string | undefined

/** Where the values of a flag or word come from when a shell completes it. */
export type Values =
  | 'profiles'
  | 'contexts'
  | 'namespaces'
  | 'addons'
  | 'faults'
  | 'files'
  | readonly string[]

export type FlagGroup = 'Command' | 'Profile values' | 'Common flags' | 'Rehearsal'

/** One flag: the parser, the help, the completion and the docs all read this. */
export interface FlagSpec {
  /** kebab-case, as typed. */
  readonly name: string
  readonly alias?: string
  /** `list` may be repeated. */
  readonly kind: 'switch' | 'value' | 'list'
  readonly brief: string
  readonly placeholder?: string
  /**
   * Fills the flag when it is not given. Undefined for what is agreed to or lent on one line and for that line alone: a
   * variable that was left behind would go on agreeing.
   */
  readonly variable: `DEVK8S_${string}` | undefined
  readonly group: FlagGroup
  readonly check?: Check
  readonly values?: Values
  /** Dotted paths of the profile that the value is laid over. */
  readonly overrides?: readonly string[]
}

export interface WordSpec {
  readonly placeholder: string
  readonly brief: string
  readonly optional: boolean
  /** As many as are given, one at least; only the last word of a command can be so. */
  readonly many?: true
  readonly check?: Check
  readonly values?: Values
}

export interface Example {
  readonly command: string
  readonly brief: string
}

/** One command: its place in the tree, its flags by name, its words in order. */
export interface CommandSpec {
  /** `['profile', 'show']`. */
  readonly path: readonly string[]
  readonly brief: string
  readonly description: string
  readonly flags: readonly string[]
  /** Flags among them that other commands have in another sense, as this one has them. */
  readonly own?: readonly FlagSpec[]
  readonly words: readonly WordSpec[]
  /** What stands behind `--`: the command line of another program, not looked at. */
  readonly rest?: { readonly placeholder: string; readonly brief: string }
  /** False: DEVK8S_* variables do not fill its flags. */
  readonly variables?: false
  readonly examples: readonly Example[]
  /** Which of the exit codes this command can end with. */
  readonly exits: readonly number[]
}
