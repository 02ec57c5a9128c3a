/** What the words of kubectx ask for. */
export type KubectxWish =
  | { readonly kind: 'list' }
  | { readonly kind: 'pick'; readonly purpose: 'switch' | 'delete' | 'shell' }
  | { readonly kind: 'switch'; readonly name: string }
  | { readonly kind: 'shell'; readonly name: string }
  | { readonly kind: 'read-only' }
  | { readonly kind: 'delete'; readonly names: readonly string[] }
  | { readonly kind: 'rename'; readonly from: string; readonly to: string }
  | { readonly kind: 'current' | 'unset' | 'help' | 'version' }
  | { readonly kind: 'wrong'; readonly text: string }

const single: Readonly<Record<string, 'current' | 'unset' | 'help' | 'version'>> = {
  '-c': 'current',
  '--current': 'current',
  '-u': 'unset',
  '--unset': 'unset',
  '-h': 'help',
  '--help': 'help',
  '-V': 'version',
  '--version': 'version',
}

const singleOf = (word: string) => (Object.hasOwn(single, word) ? single[word] : undefined)

/** @param interactive whether fzf may be asked. */
export function parseKubectx(words: readonly string[], interactive: boolean): KubectxWish {
  const [first, second] = words
  if (first === undefined) return interactive ? { kind: 'pick', purpose: 'switch' } : { kind: 'list' }
  switch (first) {
    case '-r':
    case '--readonly':
      return words.length > 2 ? oneNameAtMost(first) : { kind: 'read-only' }
    case '-s':
    case '--shell':
      if (words.length > 2) return oneNameAtMost(first)
      if (second !== undefined) return { kind: 'shell', name: second }
      return interactive
        ? { kind: 'pick', purpose: 'shell' }
        : { kind: 'wrong', text: `'${first}' requires a context name argument (or fzf for interactive mode)` }
    case '-d':
      if (second !== undefined) return { kind: 'delete', names: words.slice(1) }
      return interactive
        ? { kind: 'pick', purpose: 'delete' }
        : { kind: 'wrong', text: "'-d' needs arguments" }
    default:
      return words.length === 1 ? parseOne(first) : { kind: 'wrong', text: 'too many arguments' }
  }
}

const oneNameAtMost = (flag: string): KubectxWish => ({
  kind: 'wrong',
  text: `'${flag}' accepts at most one context name argument`,
})

function parseOne(word: string): KubectxWish {
  const kind = singleOf(word)
  if (kind !== undefined) return { kind }
  const at = word.indexOf('=')
  if (at > 0 && at < word.length - 1)
    return { kind: 'rename', to: word.slice(0, at), from: word.slice(at + 1) }
  if (word.startsWith('-') && word !== '-') return { kind: 'wrong', text: `unsupported option '${word}'` }
  return { kind: 'switch', name: word }
}

/** What the words of kubens ask for. */
export type KubensWish =
  | { readonly kind: 'list' | 'pick' | 'current' | 'unset' | 'help' | 'version' }
  | { readonly kind: 'switch'; readonly name: string; readonly force: boolean }
  | { readonly kind: 'wrong'; readonly text: string }

/** @param interactive whether fzf may be asked. */
export function parseKubens(words: readonly string[], interactive: boolean): KubensWish {
  const [first, second] = words
  if (first === undefined) return { kind: interactive ? 'pick' : 'list' }
  if (second === undefined) {
    const kind = singleOf(first)
    return kind === undefined ? namespaceWish(first, false) : { kind }
  }
  if (words.length > 2) return { kind: 'wrong', text: 'too many arguments' }
  if (isForce(second)) return namespaceWish(first, true)
  if (isForce(first)) return namespaceWish(second, true)
  return {
    kind: 'wrong',
    text: `unsupported arguments [${words.map((word) => JSON.stringify(word)).join(' ')}]`,
  }
}

const isForce = (word: string) => word === '-f' || word === '--force'

function namespaceWish(name: string, force: boolean): KubensWish {
  if (name.startsWith('-') && name !== '-')
    return { kind: 'wrong', text: `unsupported option ${JSON.stringify(name)}` }
  return { kind: 'switch', name, force }
}
