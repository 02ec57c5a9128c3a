import { mintKopsCertificate } from '../aws/kops.ts'
import { Secret } from '../ports/secret.ts'
import { credentialFileUnusable, tokenVariableUnusable } from '../problems/credentials.ts'
import { fail } from '../problems/problem.ts'
import { certificateReserveMs, keepCertificate, keptCertificate, type SessionName } from './sessions.ts'
import type { HandedOut, TokenDesk } from './token-desk.ts'
import type { TokenMode } from './token-mode.ts'
import { userIn } from './unlocks.ts'

type Mode<K extends TokenMode['kind']> = Extract<TokenMode, { kind: K }>

const hourMs = 3_600_000
/** client-go reads a token file again after a minute, since projected tokens are renewed in place. */
const tokenFileMs = 60_000

/**
 * A client certificate of the kOps cluster, signed with the key in the state store: for an hour, as kOps' own helper
 * does (facts kubeconfig, 10), and under protection not longer than it is lifted.
 */
export async function kopsCredential(
  desk: TokenDesk,
  { cluster, stateStore }: Mode<'kops'>,
): Promise<HandedOut> {
  const { wants, ports, store, access, nowMs, signal, env } = desk
  const { awsProfile, region, roleArn } = wants
  const name: SessionName = {
    ...(access.kind === 'unlocked' ? { fullFor: access.context } : {}),
    parts: ['kops', cluster, stateStore, awsProfile ?? env['AWS_PROFILE'], roleArn, env['AWS_ACCESS_KEY_ID']],
  }
  let certificate = await keptCertificate(store, name)
  if (certificate === undefined) {
    const lifeMs = access.kind === 'unlocked' ? Math.min(hourMs, access.until - nowMs) : hourMs
    const spec = {
      cluster,
      stateStore,
      ...(region === undefined ? {} : { region }),
      ...(awsProfile === undefined ? {} : { awsProfile }),
      ...(roleArn === undefined ? {} : { roleArn }),
    }
    const commonName = `devk8s-${userIn(env) ?? 'unknown'}`
    const minted = await mintKopsCertificate(ports.aws, spec, { commonName, hours: lifeMs / hourMs }, signal)
    await desk.keep(() => keepCertificate(store, name, minted))
    certificate = minted
  }
  const { certificatePem, keyPem, expiresAtMs } = certificate
  // One that ends with an unlock of a few minutes has no five of them to give away.
  const reserveMs = Math.min(certificateReserveMs, (expiresAtMs - nowMs) / 2)
  return { credential: { certificatePem, keyPem }, expiresAtMs: expiresAtMs - reserveMs }
}

export async function tokenFileCredential(
  { ports, nowMs }: TokenDesk,
  { path }: Mode<'token-file'>,
): Promise<HandedOut> {
  const token = (await textOf(ports, path, 'token')).trim()
  if (!isToken(token))
    fail(credentialFileUnusable, {
      detail: `${path} holds no token: ${whyNot(token)}.`,
      place: { file: path },
    })
  return { credential: { token: Secret.of(token) }, expiresAtMs: nowMs + tokenFileMs }
}

export function tokenEnvCredential({ env }: TokenDesk, { name }: Mode<'token-env'>): HandedOut {
  const token = env[name]?.trim()
  if (token === undefined)
    fail(tokenVariableUnusable, { detail: `${name} is not set.`, next: [`export ${name}=…`] })
  if (!isToken(token)) fail(tokenVariableUnusable, { detail: `${name} holds no token: ${whyNot(token)}.` })
  return { credential: { token: Secret.of(token) } }
}

/** A token stands in an HTTP header: one word of visible ASCII. */
const isToken = (text: string) => /^[\u0021-\u007E]+$/.test(text)
const whyNot = (text: string) =>
  text === '' ? 'it is empty' : 'it has spaces, line breaks or other characters that no token has'

export async function certificateCredential(
  { ports }: TokenDesk,
  { certificatePath, keyPath }: Mode<'certificate'>,
): Promise<HandedOut> {
  const [certificatePem, key] = await Promise.all([
    textOf(ports, certificatePath, 'client certificate'),
    textOf(ports, keyPath, 'key'),
  ])
  if (!certificatePem.includes('-----BEGIN CERTIFICATE-----')) notPem(certificatePath, 'a certificate')
  if (!/-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----/.test(key)) notPem(keyPath, 'a private key')
  // client-go says only "failed to find any PEM data" of one.
  if (/-----BEGIN ENCRYPTED|^Proc-Type: 4,ENCRYPTED/m.test(key)) {
    fail(credentialFileUnusable, {
      detail: `The key in ${keyPath} has a passphrase, which kubectl cannot ask for.`,
      next: [`openssl pkey -in ${keyPath} -out ${keyPath}.plain`],
      place: { file: keyPath },
    })
  }
  return { credential: { certificatePem, keyPem: Secret.of(key) } }
}

function notPem(path: string, what: string): never {
  fail(credentialFileUnusable, { detail: `${path} does not hold ${what} in PEM.`, place: { file: path } })
}

async function textOf({ files }: TokenDesk['ports'], path: string, what: string): Promise<string> {
  const text = await files.readText(path)
  if (text === undefined) {
    fail(credentialFileUnusable, {
      detail: `There is no ${path}, which should hold the ${what}.`,
      place: { file: path },
    })
  }
  return text
}
