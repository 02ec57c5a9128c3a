import type { AwsFault } from '../aws/fault.ts'
import { NetError } from '../ports/net.ts'
import { errorCode } from './file-problems.ts'
import { netFaultOf } from './net-faults.ts'

/** Node's codes in the text of an error: the SDK's credential providers keep nothing else of its cause. */
const codeInText =
  /\b(?:ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT|EPIPE|EPROTO)\b/

/** What the SDK threw, as pure code reads it. With the time of now it tells as well how far the clocks differ. */
export function awsFaultOf(error: unknown, nowMs?: number): AwsFault {
  if (error instanceof NetError) return { name: error.name, message: error.message, net: error.fault }
  const { name, message } = nameAndMessage(error)
  const status = statusOf(error)
  if (status !== undefined) {
    const skewMs = nowMs === undefined ? undefined : skewOf(error, nowMs)
    return { name, message, status, ...(skewMs !== undefined && { skewMs }) }
  }
  const net = netOf(error, name, message)
  return { name, message, ...(net !== undefined && { net }) }
}

/** A provider's error has the cause's name at the head of its text: `UnauthorizedException: Session token not found`. */
function nameAndMessage(error: unknown): { readonly name: string; readonly message: string } {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error) }
  // What the provider of `aws login` puts before it.
  const told = error.message.replace(/^Failed to refresh token: /, '')
  const inner = /^([A-Z]\w+(?:Exception|Error)): ([\s\S]*)$/.exec(told)
  if (/^(?:Credentials|Token)ProviderError$/.test(error.name) && inner !== null) {
    return { name: inner[1] ?? error.name, message: inner[2] ?? '' }
  }
  return { name: error.name, message: error.message }
}

function statusOf(error: unknown): number | undefined {
  const { $metadata, $response } = error as {
    readonly $metadata?: { readonly httpStatusCode?: unknown }
    readonly $response?: { readonly statusCode?: unknown }
  }
  const status = $metadata?.httpStatusCode ?? $response?.statusCode
  return typeof status === 'number' && status > 0 ? status : undefined
}

function skewOf(error: unknown, nowMs: number): number | undefined {
  const { $response } = error as {
    readonly $response?: { readonly headers?: Readonly<Record<string, unknown>> }
  }
  const date = $response?.headers?.['date']
  const theirs = typeof date === 'string' ? Date.parse(date) : Number.NaN
  return Number.isNaN(theirs) ? undefined : nowMs - theirs
}

function netOf(error: unknown, name: string, message: string): AwsFault['net'] {
  const code = errorCode(error) ?? errorCode((error as Error).cause) ?? codeInText.exec(message)?.[0]
  // The SDK calls a connection that was cut a TimeoutError as well, so the code comes first.
  if (code === undefined) return name === 'TimeoutError' ? 'timeout' : undefined
  const { fault } = netFaultOf(Object.assign(new Error(message), { code }), '')
  // A file that cannot be read has a code as well, and is no matter of the network.
  return fault === 'other' ? undefined : fault
}
