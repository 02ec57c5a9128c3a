import { noContext } from '../kubeconfig/no-context.ts'

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

/** A shell's template with the places written into it, each as one word of that shell. */
export function withPlaces(
  template: string,
  { stamps, colors, separator }: PromptPlaces,
  quoted: (text: string) => string,
): string {
  const words: Readonly<Record<string, string>> = {
    '@STAMPS@': stamps,
    '@COLORS@': colors,
    '@SEPARATOR@': separator,
    '@NONE@': noContext,
  }
  return template.replaceAll(/@[A-Z]+@/g, (mark) => {
    const text = words[mark]
    return text === undefined ? mark : quoted(text)
  })
}
