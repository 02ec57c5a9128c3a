import { mintKopsCertificate } from '../aws/kops.ts'
import { Secret } from '../ports/secret.ts'
import { kopsKeyMissing } from '../problems/aws.ts'
import { credentialFileUnusable, tokenVariableUnusable } from '../problems/credentials.ts'
import { fail } from '../problems/problem.ts'
import { keepCertificate, keptCertificate, type SessionName, type UsedCertificate } from './sessions.ts'
import type { HandedOut, TokenDesk } from './token-desk.ts'
import type { TokenMode } from './token-mode.ts'
import { userIn } from './unlocks.ts'

type Mode<K extends TokenMode['kind']> = Extract<TokenMode, { kind: K }>

const hourMs = 3_600_000
/** kOps renews its own certificates that long before their end (facts kubeconfig, 10). */
const reserveMs = 5 * 60_000
/** Certificates count in seconds, and signing takes a moment. */
const wholeSlackMs = 10_000
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
  const kept = await keptCertificate(store, name)
  const used = kept ?? (await mint())
  return {
    credential: { certificatePem: used.certificatePem, keyPem: used.keyPem },
    expiresAtMs: used.useUntilMs,
  }

  async function mint(): Promise<UsedCertificate> {
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
    const { expiresAtMs } = minted
    if (expiresAtMs <= nowMs) authorityEnded(cluster, stateStore, expiresAtMs)
    // One that ends with the unlock, or with the CA, is used to its end: the next would not be good for longer.
    const isWhole = expiresAtMs - nowMs > hourMs - wholeSlackMs
    const fresh = { ...minted, useUntilMs: isWhole ? expiresAtMs - reserveMs : expiresAtMs }
    await desk.keep(() => keepCertificate(store, name, fresh))
    return fresh
  }
}

/** A certificate ends with its CA, and a CA that has ended signs none that a server would take. */
function authorityEnded(cluster: string, stateStore: string, endMs: number): never {
  fail(kopsKeyMissing, {
    detail: `The CA of ${cluster} ended on ${new Date(endMs).toISOString().slice(0, 10)}, and no certificate is good for longer than its CA.`,
    next: [`kops get keypairs kubernetes-ca --name ${cluster} --state ${stateStore}`, 'date'],
  })
}

/** The token that a file holds. @throws DevK8sError when the file is missing or holds no token. */
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

/** The token that a variable holds. @throws DevK8sError when it is unset or holds no token. */
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

/** A client certificate and its key from their files. @throws DevK8sError when one of them is missing or no PEM. */
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
