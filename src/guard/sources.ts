/** Something to be scanned: a file, a staged one, a value of the cluster. */
export interface Source {
  /** What findings call it. */
  readonly file: string
  /** Its text; or why it is not read. */
  read(): Promise<{ readonly text: string } | { readonly skipped: WhySkipped }>
}

/** `gone`: listed by git and deleted since; not told. */
export type WhySkipped = 'binary' | 'big' | 'unreadable' | 'gone'

/** Bytes. What people write by hand is a hundredth of it; lock files and the largest charts stay below. */
export const biggestBytes = 5 * 1024 * 1024

const binaryNames =
  /\.(?:png|jpe?g|gif|ico|webp|avif|bmp|tiff?|pdf|zip|gz|tgz|bz2|xz|zst|7z|rar|jar|war|ear|class|so|dylib|dll|exe|a|o|obj|lib|pyc|wasm|node|woff2?|ttf|otf|eot|mp[34]|m4a|mov|avi|mkv|webm|wav|flac|ogg|psd|sketch|sqlite3?|db|iso|dmg|deb|rpm)$/i

/** Whether the name says that it is no text. What is in it decides: anything can be saved under such a name. */
export const isBinaryName = (file: string): boolean => binaryNames.test(file)

/** So much of a file tells whether it is text, as git has it (buffer_is_binary). Characters, or bytes. */
export const headLength = 8_000

/** Whether a file with the name of a binary one holds text after all, by how it begins: UTF-8 that is whole, or UTF-16. */
export function isTextAfterAll(read: string): boolean {
  // The last character may be cut in two.
  const head = read.slice(0, headLength).replace(/\uFFFD{1,3}$/, '')
  return head.includes('\0') ? textOf(head) !== undefined : !head.includes('\uFFFD')
}

/**
 * The text of what was read as UTF-8; undefined when it is no text. Odd bytes are replaced and change no key. Of UTF-16
 * (Windows) the ASCII part is what counts: every second character is NUL, and so much is enough to tell it.
 */
export function textOf(read: string): string | undefined {
  // The engine counts without a byte order mark.
  const raw = read.startsWith('\uFEFF') ? read.slice(1) : read
  const head = raw.slice(0, headLength)
  if (!head.includes('\0')) return raw
  const zeros = head.split('\0').length - 1
  return zeros > head.length * 0.4 && zeros < head.length * 0.6 ? raw.replaceAll('\0', '') : undefined
}
