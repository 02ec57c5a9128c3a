import { flagOfWord } from './flags.ts'
import { wordsAfter } from './commands.ts'

/**
 * The arguments with the command first and the flags that stood before or within it behind: people write
 * `devk8s --json status`, the parser below wants `status --json`. `help up` becomes `up --help`.
 */
export function arrange(argv: readonly string[]): readonly string[] {
  if (argv[0] === 'help') return arrange([...argv.slice(1), '--help'])
  const path: string[] = []
  const moved: string[] = []
  let at = 0
  while (at < argv.length && wordsAfter(path).length > 0) {
    const word = argv[at] ?? ''
    if (word === '--') break
    at += 1
    if (isFlagLike(word)) {
      moved.push(word)
      const next = argv[at]
      if (takesNextWord(word) && next !== undefined) {
        moved.push(next)
        at += 1
      }
      continue
    }
    path.push(word)
    if (!wordsAfter(path.slice(0, -1)).includes(word)) break
  }
  const rest = [...moved, ...argv.slice(at)]
  return path.length > 0 ? [...path, ...rest] : withoutCommand(rest)
}

/** `--json --version` is the command `version`; `--json --help` is help. */
function withoutCommand(flags: readonly string[]): readonly string[] {
  const others = flags.filter((word) => word !== '--version' && word !== '-V')
  if (others.length < flags.length) return ['version', ...others]
  return flags.includes('--help') || flags.includes('-h') ? ['--help'] : flags
}

/** Whether a word is written as a flag; a lone `-` is a file name by custom. */
export function isFlagLike(word: string): boolean {
  return word.startsWith('-') && word.length > 1
}

/** Whether the flag this word writes takes the word after it as its value. */
export function takesNextWord(word: string): boolean {
  const flag = flagOfWord(word)
  return flag !== undefined && flag.kind !== 'switch' && !word.includes('=')
}
