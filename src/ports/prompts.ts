import type { Secret } from './secret.ts'

export interface Choice {
  readonly value: string
  readonly label: string
  readonly hint?: string
}

/** A question to the person. It always has an answer without a person: `fallback`, or a flag to name. */
export type Question = {
  /** Stable, for scripts and tests: `cluster.recreate`. */
  readonly id: string
  readonly text: string
  /** What is at stake, one line each, shown above the question. */
  readonly details?: readonly string[]
  /** The flag (with value) that answers it, e.g. `--recreate`. */
  readonly flag: string
} & (
  | {
      readonly kind: 'confirm'
      readonly fallback: boolean | undefined
      readonly destructive?: boolean
      /** `--yes` does not agree to it: only a person or its own flag does. */
      readonly byPerson?: true
    }
  | { readonly kind: 'select'; readonly choices: readonly Choice[]; readonly fallback: string | undefined }
  /** Choices to filter by typing. */
  | { readonly kind: 'search'; readonly choices: readonly Choice[]; readonly fallback: undefined }
  | { readonly kind: 'input'; readonly fallback: string | undefined }
  /** Not shown while it is typed and told to nobody else; no flag can hold it, so `flag` is a command that asks again. */
  | {
      readonly kind: 'secret'
      readonly fallback: undefined
      /** What all of the answer must match, as a regular expression, and what is said where it does not. */
      readonly form?: { readonly pattern: string; readonly told: string }
    }
  /** Must be typed exactly; nothing else counts as yes. */
  | { readonly kind: 'type-name'; readonly expected: string; readonly fallback: undefined }
)

export type Answer<Q extends Question> = Q extends { kind: 'confirm' | 'type-name' }
  ? boolean
  : Q extends { kind: 'secret' }
    ? Secret
    : string

/**
 * Asks the person. The implementation decides how: a terminal, `--yes`, or, where nobody can be asked,
 * the fallback.
 * @throws DevK8sError DK8010 when nobody can be asked and there is no fallback; it names the flag.
 */
export interface Prompts {
  /** False where no person can be asked, so that what only a person knows can be left out with a word about it. */
  readonly canAsk?: boolean
  ask<Q extends Question>(question: Q, signal: AbortSignal): Promise<Answer<Q>>
}
