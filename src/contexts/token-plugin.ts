import { Secret } from '../ports/secret.ts'
import { pluginFails, pluginMissing, pluginTalksNonsense } from '../problems/credentials.ts'
import { fail } from '../problems/problem.ts'
import { recordOf } from './auth.ts'
import { type ApiVersion, type Credential, forwardedExecInfo } from './exec-credential.ts'
import type { HandedOut, TokenDesk } from './token-desk.ts'
import type { TokenMode } from './token-mode.ts'
import { jsonOf } from './json.ts'

/** A sign-in in the browser takes a person a while. */
const timeoutMs = 10 * 60_000

/**
 * What another credential plugin hands out, run with the person's whole environment and the question that devk8s was
 * asked. What it says on stderr, such as an address to open, is shown as it comes.
 */
export async function pluginCredential(
  desk: TokenDesk,
  { program, args }: Extract<TokenMode, { kind: 'plugin' }>,
  apiVersion: ApiVersion,
): Promise<HandedOut> {
  const info = forwardedExecInfo(desk.env['KUBERNETES_EXEC_INFO'])
  const ran = await desk.ports.exec.run(
    {
      tool: 'own',
      program,
      args,
      inheritEnv: true,
      ...(info === undefined ? {} : { env: { KUBERNETES_EXEC_INFO: info } }),
      changes: false,
    },
    { timeoutMs, signal: desk.signal, onLine: (fd, line) => fd === 2 && desk.tell(line) },
  )
  if (ran.outcome === 'not-found') fail(pluginMissing, { detail: `There is no program ${program}.` })
  if (ran.outcome === 'aborted') desk.signal.throwIfAborted()
  if (ran.outcome !== 'exited' || ran.exitCode !== 0) {
    const how = ran.outcome === 'exited' ? `ended with ${ran.exitCode}` : endedOtherwise(ran)
    fail(pluginFails, { detail: `${program} ${how}.` })
  }
  return answerIn(ran.stdout, program, apiVersion)
}

function endedOtherwise({
  outcome,
  signal,
}: {
  readonly outcome: string
  readonly signal: string | null
}): string {
  return outcome === 'timed-out'
    ? 'did not answer within ten minutes'
    : `was ended by ${signal ?? 'a signal'}`
}

/** The answer, taken apart: it is said again with our own end, which the plugin knows nothing of. Nothing of it is quoted. */
function answerIn(stdout: string, program: string, apiVersion: ApiVersion): HandedOut {
  const answer = recordOf(jsonOf(stdout))
  const nonsense = (what: string): never => fail(pluginTalksNonsense, { detail: `${program} ${what}.` })
  if (answer === undefined || answer['kind'] !== 'ExecCredential')
    return nonsense('printed no ExecCredential')
  if (answer['apiVersion'] !== apiVersion)
    return nonsense(`answered in another apiVersion than ${apiVersion}`)
  const status = recordOf(answer['status'])
  const credential = credentialIn(status ?? {})
  if (credential === undefined) return nonsense('printed neither a token nor a certificate with its key')
  const end = status?.['expirationTimestamp']
  const endMs = typeof end === 'string' ? Date.parse(end) : Number.NaN
  return { credential, ...(Number.isNaN(endMs) ? {} : { expiresAtMs: endMs }) }
}

function credentialIn(status: Readonly<Record<string, unknown>>): Credential | undefined {
  const { token, clientCertificateData, clientKeyData } = status
  const hasToken = typeof token === 'string' && token !== ''
  const hasCertificate = typeof clientCertificateData === 'string' && typeof clientKeyData === 'string'
  if (hasCertificate) {
    const keyPem = Secret.of(clientKeyData)
    // client-go sends both where a plugin gives both.
    return { certificatePem: clientCertificateData, keyPem, ...(hasToken ? { token: Secret.of(token) } : {}) }
  }
  return hasToken ? { token: Secret.of(token) } : undefined
}
