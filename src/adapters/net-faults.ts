import { NetError, type NetFault } from '../ports/net.ts'
import { errorCode } from './file-problems.ts'

const faults: Readonly<Record<string, NetFault>> = {
  ENOTFOUND: 'not-found',
  EAI_AGAIN: 'not-found',
  EAI_NODATA: 'not-found',
  ECONNREFUSED: 'refused',
  EHOSTUNREACH: 'refused',
  ENETUNREACH: 'refused',
  ETIMEDOUT: 'timeout',
  ECONNRESET: 'cut',
  EPIPE: 'cut',
  ERR_STREAM_PREMATURE_CLOSE: 'cut',
  EPROTO: 'tls',
}

/** OpenSSL's verification results and Node's TLS errors have no common prefix. */
const tlsCode = /^(ERR_TLS_|ERR_SSL_|CERT_|CRL_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|INVALID_CA|HOSTNAME_)/

/** A Node network error as the port's error; the reason is read from its code, never from its text. */
export function netFaultOf(error: unknown, host: string): NetError {
  // Happy eyeballs: when every address of a name fails, Node gives all errors in one; the first is as good as any.
  const single = error instanceof AggregateError ? (error.errors[0] as unknown) : error
  const code = errorCode(single) ?? errorCode(error)
  const message = single instanceof Error && single.message !== '' ? single.message : String(code)
  const fault = code === undefined ? 'other' : (faults[code] ?? (tlsCode.test(code) ? 'tls' : 'other'))
  return new NetError(fault, `${host}: ${message}`, { cause: error })
}
