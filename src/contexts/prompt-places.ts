/** What the code of a prompt has written into it, since it can ask nobody. */
export interface PromptPlaces {
  /** A folder of this person alone: a file in it for each shell says when the kubeconfig files were read. */
  readonly stamps: string
  /** `name<TAB>colour<TAB>protected`. */
  readonly colors: string
  /** What parts the paths of KUBECONFIG. */
  readonly separator: ':' | ';'
}

/** A word of sh, bash and zsh that means exactly this text. */
export const shellQuoted = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`

/** The same for fish, where \ and ' are escaped within single quotes. */
export const fishQuoted = (text: string): string => `'${text.replaceAll(/['\\]/g, String.raw`\$&`)}'`
