const inspect = Symbol.for('nodejs.util.inspect.custom')

/**
 * A value that must not be seen: it prints, inspects and serialises as `***`.
 * `map` derives another secret, so pure code can build text around one it never holds.
 * Only adapters may call `reveal`, at the last moment before the value leaves the program
 * (a lint rule names the folder).
 */
export class Secret {
  readonly #text: string
  /** What it was first made of: the tokens within the manifest that `map` and `with` put around them. */
  readonly #origins: readonly string[]

  private constructor(text: string, origins: readonly string[]) {
    this.#text = text
    this.#origins = origins
  }

  static of(text: string): Secret {
    return new Secret(text, [text])
  }

  /** The plain text. Adapters only. */
  static reveal(secret: Secret): string {
    return secret.#text
  }

  /** The plain texts that this secret began as, for masking them in output. Adapters only. */
  static revealOrigins(secret: Secret): readonly string[] {
    return secret.#origins
  }

  /** A secret made from this one; `change` must not keep what it is given. */
  map(change: (text: string) => string): Secret {
    return new Secret(change(this.#text), this.#origins)
  }

  /** A secret made from this one and another. */
  with(other: Secret, change: (text: string, otherText: string) => string): Secret {
    const origins = [...new Set([...this.#origins, ...other.#origins])]
    return new Secret(change(this.#text, other.#text), origins)
  }

  toString(): string {
    return '***'
  }

  toJSON(): string {
    return '***'
  }

  [inspect](): string {
    return '***'
  }
}
