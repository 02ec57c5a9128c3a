/** One thing that is wrong with a kubeconfig file, or beside it. */
export interface Finding {
  /** Stable, for scripts: `cluster-server`. */
  readonly rule: string
  /**
   * `error`: kubectl refuses the file or the context. `warning`: it works, or may. `info`: nothing is wrong, and the exit
   * code is as without it.
   */
  readonly severity: 'error' | 'warning' | 'info'
  readonly file: string
  /** From 1. */
  readonly line?: number
  /** What is wrong, with the name. */
  readonly text: string
  /** What to do. */
  readonly advice: string
  /** How `--fix` mends it; undefined when that needs a choice. */
  readonly fix?: Fix
}

export type Fix =
  /** Done to the text of the file by `fixedText`. */
  | { readonly kind: 'text'; readonly path: string; readonly does: string }
  /** Permissions become 0600. */
  | { readonly kind: 'mode'; readonly path: string; readonly does: string }
  /** Nobody's file goes: a temp file of a dead writer. */
  | { readonly kind: 'remove'; readonly path: string; readonly does: string }
  /** The locks of dead devk8s on this file go. */
  | { readonly kind: 'unlock'; readonly path: string; readonly does: string }

/** What the rules have to know of the world around the files. Paths are absolute. */
export interface LintOutside {
  /** Of those that the entries name, the ones that are not there. */
  readonly missingFiles: ReadonlySet<string>
  /** Of the commands of exec plugins, as written or made absolute, the ones that are not found. */
  readonly missingCommands: ReadonlySet<string>
  /** When the credential of a user ends, in ms since 1970; by file and user name. */
  readonly ends: ReadonlyMap<string, number>
  readonly now: number
  /** What kubectl runs for credentials of ours; devk8s writes it again. */
  readonly launcher?: string
  /** The file that binds this shell. */
  readonly boundFile?: string
  readonly kuberc?: { readonly path: string; readonly text: string }
}

/** Where `ends` keeps the end of a user's credential. */
export function endKey(file: string, user: string): string {
  return JSON.stringify([file, user])
}
