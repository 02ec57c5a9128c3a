import type { Prompts } from '../ports/prompts.ts'
import type { Secret } from '../ports/secret.ts'

/** Which code is asked for. */
export interface CodeQuestion {
  readonly profile: string
  /** The ARN of a virtual device, or the serial number of one to hold. */
  readonly serial: string
  /** AWS did not take the one before. */
  readonly isAgain?: boolean
}

export type AskCode = (question: CodeQuestion, signal: AbortSignal) => Promise<Secret>

/** Asks the person in the terminal; undefined where there is nobody, such as behind kubectl in a script. */
export function codeAsker(prompts: Prompts): AskCode | undefined {
  if (prompts.canAsk !== true) return undefined
  return async ({ profile, serial, isAgain = false }, signal) => {
    const again = isAgain ? ['AWS did not take that code. Each is good for one use; wait for the next.'] : []
    const code = await prompts.ask(
      {
        id: 'aws.mfa-code',
        kind: 'secret',
        text: `Code of ${serial}:`,
        details: [...again, `The AWS profile ${profile} wants it, once in twelve hours.`],
        flag: 'devk8s aws login',
        fallback: undefined,
        form: sixDigits,
      },
      signal,
    )
    return code.map((text) => text.replaceAll(/\s/g, ''))
  }
}

/** All of IAM's devices show six (STS reference, TokenCode); AWS counts the tries. Telephones put a blank between. */
const sixDigits = { pattern: String.raw`\s*(?:\d\s*){6}`, told: 'A code has six digits' }
