import type { Aws } from '../../src/ports/aws.ts'
import { Secret } from '../../src/ports/secret.ts'
import type { KubeObject } from '../../src/simulator/kube-api/object.ts'

/** One secret that is looked for. */
export interface Canary {
  readonly name: string
  readonly plain: string
}

const letters = (seed: string, length: number) =>
  seed.repeat(Math.ceil(length / seed.length)).slice(0, length)

/** Made up, and of the lengths of the real ones; key ids are shown to people shortened, so whole they are secrets too. */
const keys = (name: string, letter: string) => ({
  accessKeyId: `ASIA${letters(`CANARY7${letter}`, 16)}`,
  secretAccessKey: letters(`canary/${name}+Secret`, 40),
  sessionToken: `IQoJb3JpZ2lu${letters(`Canary${name}Token+/`, 240)}`,
})
const sessionKeys = keys('session', 'S')
const contextKeys = keys('context', 'C')
const registryPassword = btoa(
  JSON.stringify({
    payload: letters('canaryPayload', 300),
    version: '2',
    type: 'DATA_KEY',
    expiration: 4_102_444_800,
  }),
)

export const canaries: readonly Canary[] = [
  ...Object.entries(sessionKeys).map(([name, plain]) => ({ name: `session ${name}`, plain })),
  ...Object.entries(contextKeys).map(([name, plain]) => ({ name: `credentials ${name}`, plain })),
  { name: 'registry password', plain: registryPassword },
]

export const canarySession = sessionKeys
export const canaryRegistryPassword = registryPassword

/** An AWS that hands out canaries in place of whatever the given one hands out; its failures stay. */
export function canaryAws(aws: Aws): Aws {
  const secret = ({ accessKeyId, secretAccessKey, sessionToken }: typeof sessionKeys) => ({
    accessKeyId,
    secretAccessKey: Secret.of(secretAccessKey),
    sessionToken: Secret.of(sessionToken),
  })
  return {
    ...aws,
    credentials: async (source, signal) => ({
      ...(await aws.credentials(source, signal)),
      ...secret(contextKeys),
    }),
    session: async (source, signal) => ({ ...(await aws.session(source, signal)), ...secret(sessionKeys) }),
    registryToken: async (source, signal) => ({
      ...(await aws.registryToken(source, signal)),
      auth: Secret.of(btoa(`AWS:${registryPassword}`)),
    }),
  }
}

/**
 * Base64 of a text as it stands within base64 of something longer that holds it: for each of the three ways in which its
 * bytes may lie, without the characters that its neighbours decide.
 */
function withinBase64(text: string): readonly string[] {
  return [0, 1, 2].map((before) => {
    const encoded = Buffer.from(`${'x'.repeat(before)}${text}`, 'latin1')
      .toString('base64')
      .replaceAll('=', '')
    const mixedAtEnd = (before + text.length) % 3 === 0 ? 0 : 1
    return encoded.slice(before === 0 ? 0 : before + 1, encoded.length - mixedAtEnd)
  })
}

const urlSafe = (text: string) => text.replaceAll('+', '-').replaceAll('/', '_')

/** A text as it is, in addresses, in JSON, in base64 of either alphabet, and in base64 of base64. */
export function formsOf(plain: string): readonly string[] {
  const once = withinBase64(plain)
  const twice = once.flatMap(withinBase64)
  const all = [plain, encodeURIComponent(plain), JSON.stringify(plain).slice(1, -1), ...once, ...twice]
  return [...new Set(all.flatMap((form) => [form, urlSafe(form)]))]
}

const needles = canaries.map(({ name, plain }) => ({ name, forms: formsOf(plain) }))

/** The names of the canaries that a text holds in any form. */
export function canariesIn(text: string): readonly string[] {
  return needles.filter(({ forms }) => forms.some((form) => text.includes(form))).map(({ name }) => name)
}

/** Those Secrets among objects that hold a session of AWS, `namespace/name`; what ECR gave for pulling is none. */
export function secretsWithSessions(objects: readonly KubeObject[]): readonly string[] {
  const holding = objects.filter(
    ({ kind, data }) =>
      kind === 'Secret' && canariesIn(JSON.stringify(data ?? {})).some((name) => name.startsWith('session')),
  )
  return [...new Set(holding.map(({ metadata: { namespace, name } }) => `${namespace ?? ''}/${name}`))]
}
