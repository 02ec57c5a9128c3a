import { registryOf } from './reference.ts'

/** A way by which the docker client on this machine gets at a registry of ECR; whoever can pull by it can push. */
export interface PushWay {
  readonly kind: 'login' | 'helper' | 'store'
  /** The registry; undefined where it is for all of them. */
  readonly host?: string
  /** What stands in the file, for people. */
  readonly key: string
  /** The helper's name behind `docker-credential-`. */
  readonly helper?: string
}

const ecrHelper = 'ecr-login'

/**
 * The ways to ECR in a docker client's config. A login is an entry of `auths` even where its secret is in the system's
 * keychain; `credHelpers` name a program for one registry, `credsStore` one for all (docker CLI reference, "Credential
 * helpers"). Secrets in it are neither read nor handed on.
 * @returns undefined when the text is no JSON object.
 */
export function pushWaysIn(text: string): readonly PushWay[] | undefined {
  const config = parseJson(text)
  if (config === undefined) return undefined
  const logins = Object.keys(fieldsOf(config['auths'])).flatMap((key): readonly PushWay[] => {
    const host = hostOf(key)
    return isEcr(host) ? [{ kind: 'login', host, key: `auths["${key}"]` }] : []
  })
  const helpers = Object.entries(fieldsOf(config['credHelpers'])).flatMap(
    ([key, helper]): readonly PushWay[] => {
      const host = hostOf(key)
      return typeof helper === 'string' && isEcr(host)
        ? [{ kind: 'helper', host, key: `credHelpers["${key}"]`, helper }]
        : []
    },
  )
  const store = config['credsStore']
  const stores: readonly PushWay[] =
    store === ecrHelper ? [{ kind: 'store', key: `credsStore: "${ecrHelper}"`, helper: ecrHelper }] : []
  return [...logins, ...helpers, ...stores]
}

/** Older clients wrote the whole address: `https://HOST/v1/`. */
const hostOf = (key: string) => key.replace(/^https?:\/\//, '').replace(/\/.*$/, '')

const isEcr = (host: string) => registryOf(host) !== undefined

type Fields = Readonly<Record<string, unknown>>

function parseJson(text: string): Fields | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Fields)
      : undefined
  } catch {
    return undefined
  }
}

const fieldsOf = (value: unknown): Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {}
