/** kubectl's command line, taken apart. */
export interface Argv {
  readonly words: readonly string[]
  /** By long name; a flag given twice keeps the last value. */
  readonly flags: Readonly<Record<string, string>>
}

export type ParsedArgv = Argv | { readonly fault: string }

const shorts: Readonly<Record<string, string>> = {
  n: 'namespace',
  o: 'output',
  f: 'filename',
  l: 'selector',
  A: 'all-namespaces',
  p: 'patch',
  s: 'server',
  v: 'v',
  w: 'watch',
}

const withValue = [
  'kubeconfig context cluster user server namespace request-timeout cache-dir as token v output',
  'filename selector field-selector field-manager patch type raw timeout chunk-size cascade',
  'grace-period replicas patch-file',
].flatMap((line) => line.split(' '))

/** Flags that stand alone, and what they mean when they do. */
const alone: Readonly<Record<string, string>> = {
  'all-namespaces': 'true',
  client: 'true',
  'ignore-not-found': 'true',
  'server-side': 'true',
  'force-conflicts': 'true',
  validate: 'true',
  'dry-run': 'unchanged',
  wait: 'true',
  watch: 'true',
  'watch-only': 'true',
  now: 'true',
  force: 'true',
  overwrite: 'true',
  'show-managed-fields': 'true',
  'show-labels': 'true',
  'no-headers': 'true',
  'insecure-skip-tls-verify': 'true',
  'warnings-as-errors': 'true',
}

/** Parses as kubectl does: `--a=b`, `--a b`, `-n x`, `-nx`, `--` ends the flags. */
export function parseArgv(argv: readonly string[]): ParsedArgv {
  const words: string[] = []
  const flags: Record<string, string> = {}
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i] ?? ''
    if (word === '--') return { words: [...words, ...argv.slice(i + 1)], flags }
    if (!word.startsWith('-') || word === '-') {
      words.push(word)
      continue
    }
    const flag = splitFlag(word)
    if (flag === undefined) return { fault: unknownFlag(word, words) }
    if (flag.value !== undefined) flags[flag.name] = flag.value
    else if (alone[flag.name] !== undefined) flags[flag.name] = alone[flag.name] ?? ''
    else if (i + 1 < argv.length) flags[flag.name] = argv[++i] ?? ''
    else return { fault: `error: flag needs an argument: ${spelled(word)}\n${usageHint(words)}` }
  }
  return { words, flags }
}

function splitFlag(word: string): { readonly name: string; readonly value?: string } | undefined {
  const isLong = word.startsWith('--')
  const [head = '', ...rest] = (isLong ? word.slice(2) : word.slice(1)).split('=')
  const name = isLong ? head : shorts[head.slice(0, 1)]
  if (name === undefined || !(withValue.includes(name) || name in alone)) return undefined
  if (rest.length > 0) return { name, value: rest.join('=') }
  return !isLong && head.length > 1 ? { name, value: head.slice(1) } : { name }
}

function spelled(word: string): string {
  return word.startsWith('--') ? word : `'${word.slice(1, 2)}' in ${word}`
}

function unknownFlag(word: string, words: readonly string[]): string {
  const said = word.startsWith('--')
    ? `unknown flag: ${word.split('=')[0]}`
    : `unknown shorthand flag: '${word.slice(1, 2)}' in ${word}`
  return `error: ${said}\n${usageHint(words)}`
}

function usageHint(words: readonly string[]): string {
  const verb = words[0] === undefined ? '' : ` ${words[0]}`
  return `See 'kubectl${verb} --help' for usage.\n`
}
