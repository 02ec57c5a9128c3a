/** The name of the program of a credential_process: without folder and arguments, which may hold what nobody should see. */
export function programOf(command: string): string {
  const first = /^\s*(?:"([^"]+)"|'([^']+)'|(\S+))/.exec(command)
  const path = first?.[1] ?? first?.[2] ?? first?.[3] ?? ''
  return path.split(/[\\/]/).at(-1) || 'the program'
}

/** A word that speaks of a secret, whole: `--password`, `{"SecretAccessKey":`. */
const aboutSecret =
  /["'{\\]*[\w.-]*(?:secret|token|passw|passphrase|passcode|pwd|key|authorization|bearer|assertion|cookie|otp|session)/i
/** Where behind it a value begins: a sign of it, or the end of an option. */
const valueBegins = /([:=]|\bbearer\b|^-{1,2}[\w-]+\s)\s*\S.*$/i
/** Login and password before the host of an address. */
const loginInAddress = /\/\/[^/@\s]*@/g
/** Long runs between blanks and quotes: what keys, tokens and their encodings are made of, where they are no words. */
const longRun = /[^\s"'`,;()<>[\]{}]{12,}/g
/** From this length on even letters alone are no word. */
const longestWord = 32
const colour = new RegExp(String.raw`\u001B\[[0-9;?]*[A-Za-z]`, 'g')
const [mostRead, mostShown] = [2_000, 300]

/**
 * A line that a credential_process said on stderr, without anything that may be a value of it: nobody knows what such a
 * program says when it fails, and some say all that they have.
 */
export function shownOfProcess(line: string): string {
  // Colours may stand in the middle of what is looked for.
  const colourless = line
    .replaceAll(colour, '')
    .replaceAll(/\p{Cc}/gu, ' ')
    .trim()
  const plain =
    colourless.length > mostRead ? colourless.slice(0, mostRead).replace(/\s*\S*$/, '') : colourless
  const shown = withoutNamed(plain)
    .replaceAll(loginInAddress, '//***@')
    .replaceAll(longRun, (run) => (isValue(run) ? '***' : run))
  return shown.length > mostShown ? `${shown.slice(0, mostShown - 1)}…` : shown
}

/** In a line that speaks of a secret, what stands behind a sign of its value goes, and every word that looks made up. */
function withoutNamed(line: string): string {
  const at = aboutSecret.exec(line)?.index
  if (at === undefined) return line
  const rest = line
    .slice(at)
    .replace(valueBegins, (_all, sign: string) => `${sign.trimEnd()} ***`)
    .replaceAll(/\S+/g, (word) => (isMadeUp(word) ? '***' : word))
  return `${line.slice(0, at)}${rest}`
}

const isMadeUp = (word: string) =>
  /\d/.test(word) || (word.length >= 8 && /[a-z][A-Z]/.test(word) && !nameOfSecret.test(word))
/** `SecretAccessKey`, `"SessionToken":`: the name alone. */
const nameOfSecret = /^["'{\\]*[A-Za-z_-]*(?:secret|token|password|key)[A-Za-z_-]*["'\\]*[:=]?$/i

const isValue = (run: string) =>
  (/\d/.test(run) && /[A-Za-z]/.test(run)) ||
  (run.length >= longestWord && /[a-z]/.test(run) && /[A-Z]/.test(run))

/** What a credential_process prints (SDK reference, "Process credential provider"). */
export interface ProcessAnswer {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
  readonly expiresAtMs?: number
}

/** Its answer, or why it cannot be used, to stand behind the name of the program. */
export function parseProcessAnswer(text: string, nowMs: number): ProcessAnswer | { readonly reason: string } {
  const parsed = parsedObject(text)
  if (parsed === undefined) return { reason: 'prints what is not a JSON object' }
  if (parsed['Version'] !== 1) return { reason: 'prints no "Version": 1' }
  const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = parsed
  if (typeof AccessKeyId !== 'string' || typeof SecretAccessKey !== 'string') {
    return { reason: 'prints no AccessKeyId and SecretAccessKey' }
  }
  const expiresAtMs = typeof Expiration === 'string' ? Date.parse(Expiration) : undefined
  if (Number.isNaN(expiresAtMs)) return { reason: 'prints an Expiration that is not a time' }
  if (expiresAtMs !== undefined && expiresAtMs <= nowMs) {
    return { reason: `prints credentials that ended at ${new Date(expiresAtMs).toISOString()}` }
  }
  return {
    accessKeyId: AccessKeyId,
    secretAccessKey: SecretAccessKey,
    ...(typeof SessionToken === 'string' && SessionToken !== '' && { sessionToken: SessionToken }),
    ...(expiresAtMs !== undefined && { expiresAtMs }),
  }
}

function parsedObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const parsed: unknown = JSON.parse(text)
    return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)
      ? (parsed as Readonly<Record<string, unknown>>)
      : undefined
  } catch {
    // The parser's reason would quote what it was given.
    return undefined
  }
}
