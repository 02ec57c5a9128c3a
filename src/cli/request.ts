/** What the user asked for: the command line and its DEVK8S_* variables, parsed, nothing looked up yet. */
export interface CommonRequest {
  /** The command line as typed, ready to paste again with a flag behind it: `devk8s up --json`. */
  readonly typed: string
  readonly profile?: string
  readonly output: 'human' | 'json' | 'ndjson'
  readonly yes: boolean
  readonly input: boolean
  readonly verbose: boolean
  readonly quiet: boolean
  readonly color: 'auto' | 'always' | 'never'
  readonly showCommands: boolean
  readonly rehearse: boolean
  /** `cluster.start=timeout` and so on. */
  readonly rehearseFaults: readonly string[]
  /** What the flags of the command lay over the profile, whichever command it is. */
  readonly overrides: ProfileOverrides
}

/** Values a flag may set over the profile, by dotted path. */
export type ProfileOverrides = Readonly<Record<string, string>>

export type Request = { readonly common: CommonRequest } & (
  | {
      readonly command: 'up'
      readonly look: boolean
      readonly exitCode: boolean
      readonly verify: boolean
      readonly recreate: boolean
      readonly use: boolean
      readonly savePlan?: string
      readonly plan?: string
    }
  | { readonly command: 'status'; readonly watch: boolean }
  | { readonly command: 'doctor'; readonly fix: boolean }
  | { readonly command: 'down' }
  | { readonly command: 'destroy'; readonly keepTools: boolean }
  | { readonly command: 'verify' }
  | { readonly command: 'profile.list' }
  | { readonly command: 'profile.show'; readonly explain: boolean }
  | { readonly command: 'profile.validate'; readonly path?: string }
  | {
      readonly command: 'profile.init'
      readonly path?: string
      readonly from?: string
      readonly force: boolean
    }
  | { readonly command: 'completion'; readonly shell: 'bash' | 'zsh' | 'fish' | 'powershell' }
  | { readonly command: 'complete'; readonly words: readonly string[] }
  | { readonly command: 'version' }
)
