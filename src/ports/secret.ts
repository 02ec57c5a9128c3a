const inspect = Symbol.for('nodejs.util.inspect.custom')

/**
 * A value that must not be seen: it prints, inspects and serialises as `***`.
 * `map` derives another secret, so pure code can build text around one it never holds.
 * Only adapters may call `reveal`, at the last moment before the value leaves the program
 * (a lint rule names the folder).
 */
export class Secret {
  readonly #text: string
  /** What it was first made of: the token within the manifest that `map` put around it. */
  readonly #origin: string

  private constructor(text: string, origin: string) {
    this.#text = text
    this.#origin = origin
  }

  static of(text: string): Secret {
    return new Secret(text, text)
  }

  /** The plain text. Adapters only. */
  static reveal(secret: Secret): string {
    return secret.#text
  }

  /** The plain text that this secret began as, for masking it in output. Adapters only. */
  static revealOrigin(secret: Secret): string {
    return secret.#origin
  }

  /** A secret made from this one; `change` must not keep what it is given. */
  map(change: (text: string) => string): Secret {
    return new Secret(change(this.#text), this.#origin)
  }

  /** A secret made from this one and another; what is masked in output stays this one's origin. */
  with(other: Secret, change: (text: string, otherText: string) => string): Secret {
    return new Secret(change(this.#text, other.#text), this.#origin)
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
