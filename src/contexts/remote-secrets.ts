import type { Files } from '../ports/files.ts'
import { Secret } from '../ports/secret.ts'
import type { SecretSource } from '../profile/schema-user.ts'

/** The secret that the profile names; undefined when the person is to be asked, or when there is none. */
export async function namedSecret(
  from: SecretSource,
  { files, env }: { readonly files: Files; readonly env: Readonly<Record<string, string | undefined>> },
): Promise<Secret | undefined> {
  if (from === 'ask') return undefined
  const text = ('file' in from ? await files.readText(from.file) : env[from.env])?.trim()
  return text === undefined || text === '' ? undefined : Secret.of(text)
}

/** What is missing, in words: `the variable ONPREM_PASSWORD`. */
export function sourceText(from: SecretSource): string {
  if (from === 'ask') return 'what you type'
  return 'file' in from ? from.file : `the variable ${from.env}`
}
