import { decoded } from './encoded.ts'
import type { Hit } from './finding.ts'
import { isBlank, isExample } from './innocent.ts'

/** `AWS:` in base64, as a docker config has it, and what stands behind it. */
const registryAuth = /(?<![A-Za-z0-9+/])QVdTO[g-v][A-Za-z0-9+/]{40,}={0,2}/g
/** The password itself: base64 of `{"payload":"`, as ecr:GetAuthorizationToken and `docker login` have it. */
const registryPassword = /(?<![A-Za-z0-9+/])eyJwYXlsb2FkIjoi[A-Za-z0-9+/_-]{100,}={0,2}/g

/** Logins of ECR registries. */
export function registryLogins(text: string): readonly Hit[] {
  return [...text.matchAll(registryAuth), ...text.matchAll(registryPassword)]
    .filter(([value]) => !isExample(value) && !isExample(decoded(value) ?? ''))
    .map((match) => hit('ecr-login', match.index, match[0]))
}

const eksToken = /k8s-aws-v1\.[A-Za-z0-9_-]{100,}/g

/** A presigned call of sts:GetCallerIdentity, which EKS takes for a token. */
export function eksTokens(text: string): readonly Hit[] {
  return [...text.matchAll(eksToken)]
    .filter(([value]) => !isExample(decoded(fromUrlSafe(value.slice('k8s-aws-v1.'.length))) ?? ''))
    .map((match) => hit('eks-token', match.index, match[0]))
}

const jwt = /(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{8,}\.(eyJ[A-Za-z0-9_-]{16,})\.[A-Za-z0-9_-]{40,}/g

/** Tokens of service accounts; what other tokens of this form let in cannot be told from them. */
export function serviceAccountTokens(text: string): readonly Hit[] {
  return [...text.matchAll(jwt)]
    .filter(([, payload = '']) =>
      /kubernetes\.io|system:serviceaccount:/.test(decoded(fromUrlSafe(payload)) ?? ''),
    )
    .map((match) => hit('kubernetes-token', match.index, match[0]))
}

const fromUrlSafe = (text: string): string => text.replaceAll('-', '+').replaceAll('_', '/')

const isKubeconfig = (text: string): boolean =>
  /["']?kind["']?\s*:\s*["']?Config\b/.test(text) && /["']?users["']?\s*:/.test(text)
/** The base64 of `-----BEGIN`; a certificate stands under another name. */
const clientKey = /["']?client-key-data["']?\s*:\s*["']?(LS0tLS1CRUdJTi[A-Za-z0-9+/=]{60,})/dg
const userToken = /["']?\btoken["']?\s*:\s*["']?([^\s"',\\}]{20,})/dg
const userPassword = /["']?\bpassword["']?\s*:\s*["']?([^\s"',\\}]{12,})/dg

/** Keys, tokens and passwords of the users of a kubeconfig. */
export function kubeconfigCredentials(text: string): readonly Hit[] {
  const keys = valuesOf(text, clientKey)
  const others = isKubeconfig(text) ? [...valuesOf(text, userToken), ...valuesOf(text, userPassword)] : []
  return [...keys, ...others.filter(({ value }) => isRandom(value))]
    .filter(({ value }) => !isBlank(value))
    .map(({ at, value }) => hit('kubeconfig-credential', at, value))
}

/** `not-a-real-token` is none. */
const isRandom = (value: string): boolean => /\d/.test(value) && new Set(value).size >= 8

function valuesOf(text: string, pattern: RegExp): readonly { readonly at: number; readonly value: string }[] {
  return [...text.matchAll(pattern)].flatMap((match) => {
    const at = match.indices?.[1]?.[0]
    return at === undefined || match[1] === undefined ? [] : [{ at, value: match[1] }]
  })
}

const hit = (kind: Hit['kind'], start: number, value: string): Hit => ({
  kind,
  start,
  end: start + value.length,
})
