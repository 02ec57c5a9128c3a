import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { realNet } from '../../src/adapters/net.ts'
import type { Net } from '../../src/ports/net.ts'

/** A request as one of the two servers saw it. */
export interface SeenRequest {
  readonly at: 'ecr' | 's3'
  readonly path: string
  readonly authorization: string | undefined
  readonly accept: string | undefined
}

export interface Answer {
  readonly status: number
  readonly body: string
  readonly headers?: Readonly<Record<string, string>>
}

/** What stands for an answer: `cut` closes the connection. */
type Instead = Answer | 'cut' | ((request: IncomingMessage) => Answer | undefined)

export interface LoopbackRegistry {
  readonly host: string
  /** To be handed in as the Net port: the real adapter, with the registry's name leading to the loopback server. */
  readonly net: Net
  /** `Basic …` values that are let in; `QVdTOmdvb2Q=` unless changed. */
  readonly tokens: Set<string>
  readonly requests: readonly SeenRequest[]
  /** Answers in place of the usual ones: of manifests, of blobs, of S3. */
  readonly instead: Map<'manifests' | 'blobs' | 's3', Instead>
  /** @returns the digest. */
  store(content: object): string
  tag(repository: string, tag: string, digest: string): void
  close(): Promise<void>
}

/** `AWS:good` in base64. */
export const goodToken = 'QVdTOmdvb2Q='

/**
 * A registry on loopback that answers as ECR's do, with its statuses and error bodies, and beside it the S3 that it sends
 * on to for layers. As the real S3, that refuses a request with an Authorization header: the address is its own key.
 */
export async function loopbackRegistry(
  account = '123456789012',
  region = 'eu-west-1',
): Promise<LoopbackRegistry> {
  const host = `${account}.dkr.ecr.${region}.amazonaws.com`
  const requests: SeenRequest[] = []
  const contents = new Map<string, string>()
  const tags = new Map<string, string>()
  const tokens = new Set([goodToken])
  const instead: LoopbackRegistry['instead'] = new Map()
  const note = (at: 'ecr' | 's3', request: IncomingMessage) =>
    requests.push({
      at,
      path: request.url ?? '',
      authorization: request.headers.authorization,
      accept: request.headers.accept,
    })

  const s3 = createServer((request, response) => {
    note('s3', request)
    send(response, insteadOf(instead.get('s3'), request) ?? storedAt(request, contents))
  })
  const s3Url = await listening(s3)

  function usual(request: IncomingMessage): Answer {
    const token = /^Basic (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? ''
    if (!tokens.has(token)) return unauthorized(host)
    const [, repository = '', kind = '', reference = ''] =
      /^\/v2\/(.+)\/(manifests|blobs)\/(.+)$/.exec(request.url ?? '') ?? []
    if (![...tags.keys()].some((key) => key.startsWith(`${repository}:`))) {
      return refusal(
        404,
        'NAME_UNKNOWN',
        `The repository with name '${repository}' does not exist in the registry with id '${account}'`,
      )
    }
    const digest = tags.get(`${repository}:${reference}`) ?? reference
    const content = contents.get(digest)
    if (content === undefined) return refusal(404, 'MANIFEST_UNKNOWN', 'Requested image not found')
    if (kind === 'manifests') return { status: 200, body: content }
    return {
      status: 307,
      body: '',
      headers: { location: `${s3Url}/${digest}?X-Amz-Signature=signed` },
    }
  }
  const ecr = createServer((request, response) => {
    note('ecr', request)
    const kind = request.url?.includes('/blobs/') === true ? 'blobs' : 'manifests'
    send(response, insteadOf(instead.get(kind), request) ?? usual(request))
  })
  const ecrUrl = await listening(ecr)
  return {
    host,
    net: throughLoopback(host, ecrUrl),
    tokens,
    requests,
    instead,
    store(content) {
      const text = JSON.stringify(content)
      const digest = `sha256:${createHash('sha256').update(text).digest('hex')}`
      contents.set(digest, text)
      return digest
    },
    tag: (repository, tag, digest) => void tags.set(`${repository}:${tag}`, digest),
    close: async () => {
      await Promise.all([closed(ecr), closed(s3)])
    },
  }
}

/** The bodies that the real registry has: IAM's sentence for a permission that is missing. */
export const denied = (action: string, arn: string, why: string, principal = developer): Answer =>
  refusal(
    403,
    'DENIED',
    `User: ${principal} is not authorized to perform: ${action} on resource: ${arn}${why === '' ? '' : ` because ${why}`}`,
  )

export const developer =
  'arn:aws:sts::123456789012:assumed-role/AWSReservedSSO_Developer_0123456789abcdef/anna'

function refusal(status: number, code: string, message: string): Answer {
  return {
    status,
    body: JSON.stringify({ errors: [{ code, message }] }),
    headers: { 'content-type': 'application/json; charset=utf-8' },
  }
}

const unauthorized = (host: string): Answer => ({
  status: 401,
  body: 'Not Authorized\n',
  headers: { 'www-authenticate': `Basic realm="https://${host}/",service="ecr.amazonaws.com"` },
})

function storedAt(request: IncomingMessage, contents: ReadonlyMap<string, string>): Answer {
  if (request.headers.authorization !== undefined) {
    const code =
      '<Error><Code>InvalidArgument</Code><Message>Only one auth mechanism allowed</Message></Error>'
    return { status: 400, body: code }
  }
  const content = contents.get((request.url ?? '').replace(/^\/|\?.*$/g, ''))
  return content === undefined
    ? { status: 404, body: '<Error><Code>NoSuchKey</Code></Error>' }
    : { status: 200, body: content }
}

function insteadOf(instead: Instead | undefined, request: IncomingMessage): Answer | 'cut' | undefined {
  return typeof instead === 'function' ? instead(request) : instead
}

function send(response: ServerResponse, answer: Answer | 'cut'): void {
  if (answer === 'cut') {
    response.destroy()
    return
  }
  response.writeHead(answer.status, answer.headers)
  response.end(answer.body)
}

async function listening(server: Server): Promise<string> {
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

async function closed(server: Server): Promise<void> {
  server.closeAllConnections()
  await new Promise((resolve) => void server.close(resolve))
}

function throughLoopback(host: string, loopback: string): Net {
  const real = realNet({ env: {} })
  return {
    canListen: real.canListen,
    async get(request) {
      const reply = await real.get({ ...request, url: request.url.replace(`https://${host}`, loopback) })
      return { ...reply, url: reply.url.replace(loopback, `https://${host}`) }
    },
  }
}
