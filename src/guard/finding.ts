import type { kinds } from './kinds.ts'

/** What a finding is of; stable, for scripts. */
export type SecretKind = keyof typeof kinds

/** A part of a text that holds a secret. The text itself stays where it is: nothing of it is kept here. */
export interface Hit {
  readonly kind: SecretKind
  /** Indices into the text, in UTF-16 units as strings have them; `end` is behind the last one. */
  readonly start: number
  readonly end: number
}

/** One secret, where it stands, and how it may be shown. Holds nothing that could be used. */
export interface Finding {
  readonly kind: SecretKind
  /** A path as the person would type it here; `(standard input)`; an object of the cluster. */
  readonly file: string
  /** Both count from 1. 0 for what has no lines: an object of the cluster. */
  readonly line: number
  readonly column: number
  /** `ASIA…7F2Q` of an id, which is no secret by itself; of everything else the number of characters. */
  readonly shown: string
  /** It stands there in base64, and this is what it is when it is decoded. */
  readonly encoded: boolean
}

/**
 * Finds secrets in one text: the engine, with its own rules and ours. Gives hits in no order, some twice. Some rules go by
 * the name of the file, which is not opened.
 */
export type Lint = (text: string, file: string) => Promise<readonly Hit[]>
