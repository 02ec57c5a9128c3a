import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { mayAssume } from '../../src/simulator/aws/roles.ts'

/** A request as the server saw it. */
export interface AwsRequest {
  readonly service: string
  readonly method: string
  readonly path: string
  readonly query: Readonly<Record<string, string>>
  readonly body: string
  readonly headers: IncomingMessage['headers']
  /** The access key and the region of its signature. */
  readonly accessKeyId: string | undefined
  readonly region: string | undefined
}

export interface AwsReply {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body: string
}

/** `hang` never answers, `cut` closes the connection; a function may let a request through with `undefined`. */
export type Instead = AwsReply | 'hang' | 'cut' | ((request: AwsRequest) => AwsReply | undefined)

export interface LoopbackAws {
  readonly url: string
  readonly requests: readonly AwsRequest[]
  /** Clusters by name, as DescribeCluster tells them. */
  readonly clusters: Map<string, Readonly<Record<string, unknown>>>
  /** Pod Identity associations by cluster, as DescribePodIdentityAssociation tells them; their ids are their places. */
  readonly associations: Map<string, readonly Readonly<Record<string, unknown>>[]>
  /** Objects by `bucket/key`. */
  readonly objects: Map<string, string>
  /** What is answered instead, by service and operation, e.g. `eks:DescribeCluster`. */
  readonly instead: Map<string, Instead>
  /** How far its clock is ahead of this machine's, in ms. */
  readonly clock: { aheadMs: number }
  close(): Promise<void>
}

/**
 * A server on loopback that answers as STS, EKS, ECR, S3 and SSO do: their protocols, their statuses and their error
 * bodies. Of signatures STS and ECR check the time alone. All of it is behind one address, as AWS_ENDPOINT_URL takes it.
 */
export async function loopbackAws(): Promise<LoopbackAws> {
  const requests: AwsRequest[] = []
  const state: State = {
    clusters: new Map(),
    associations: new Map(),
    objects: new Map(),
    instead: new Map(),
    clock: { aheadMs: 0 },
  }
  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const seen = seenAs(request, await bodyOf(request))
    requests.push(seen)
    answer(seen, state, response)
  }
  const server = createServer((request, response) => {
    void serve(request, response)
  })
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    ...state,
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => void server.close(resolve))
    },
  }
}

type State = Pick<LoopbackAws, 'clusters' | 'associations' | 'objects' | 'instead' | 'clock'>

const timeOf = ({ clock }: Pick<State, 'clock'>) => Date.now() + clock.aheadMs

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString()
}

/** Services whose calls are not signed, by the head of their paths. */
const unsigned: Readonly<Record<string, string>> = { federation: 'sso', token: 'sso-oidc', v1: 'signin' }

function seenAs(request: IncomingMessage, body: string): AwsRequest {
  const url = new URL(request.url ?? '/', 'http://loopback')
  const credential = /Credential=([^/]+)\/\d{8}\/([^/]+)\/([^/]+)\//.exec(request.headers.authorization ?? '')
  return {
    // A call with the token of SSO is not signed.
    service: credential?.[3] ?? unsigned[url.pathname.split('/')[1] ?? ''] ?? 'unsigned',
    method: request.method ?? 'GET',
    path: decodeURIComponent(url.pathname),
    query: Object.fromEntries(url.searchParams),
    body,
    headers: request.headers,
    accessKeyId: credential?.[1],
    region: credential?.[2],
  }
}

function answer(seen: AwsRequest, state: State, response: ServerResponse): void {
  const operation = operationOf(seen)
  const instead = state.instead.get(operation)
  const reply =
    (typeof instead === 'function' ? instead(seen) : instead) ??
    outOfTime(seen, timeOf(state)) ??
    usual(operation, seen, state)
  if (reply === 'hang') return
  if (reply === 'cut') {
    response.destroy()
    return
  }
  response.writeHead(reply.status, { date: new Date(timeOf(state)).toUTCString(), ...reply.headers })
  response.end(reply.body)
}

/** What both say of a signature that is more than five minutes off. */
function outOfTime({ service, headers }: AwsRequest, nowMs: number): AwsReply | undefined {
  const [, day, time] = /^(\d{8})T(\d{6})Z$/.exec(String(headers['x-amz-date'])) ?? []
  if (day === undefined || time === undefined) return undefined
  const iso = `${day.replace(/(....)(..)/, '$1-$2-')}T${time.replace(/(..)(..)/, '$1:$2:')}Z`
  if (Math.abs(Date.parse(iso) - nowMs) <= 300_000) return undefined
  const words = `Signature expired: ${day}T${time}Z is now earlier than`
  if (service === 'sts') return queryError(403, 'SignatureDoesNotMatch', words)
  return service === 'ecr' ? targetError('InvalidSignatureException', words) : undefined
}

function operationOf({ service, path, body, headers }: AwsRequest): string {
  if (service === 'ecr') return `ecr:${String(headers['x-amz-target']).split('.').at(-1) ?? ''}`
  if (service === 'iam') return `iam:${new URLSearchParams(body).get('Action') ?? ''}`
  if (service === 'sts') return `sts:${new URLSearchParams(body).get('Action') ?? ''}`
  if (service === 'eks') return eksOperation(path)
  if (service === 'sso-oidc') return 'sso-oidc:CreateToken'
  if (service === 'signin') return 'signin:CreateOAuth2Token'
  if (service === 's3') return 's3:GetObject'
  return service === 'sso' ? 'sso:GetRoleCredentials' : service
}

function eksOperation(path: string): string {
  const [, , , list, id] = path.split('/')
  if (list === 'pod-identity-associations') {
    return id === undefined ? 'eks:ListPodIdentityAssociations' : 'eks:DescribePodIdentityAssociation'
  }
  return path === '/clusters' ? 'eks:ListClusters' : 'eks:DescribeCluster'
}

/** Two names a page, so that a short list has several. */
const pageSize = 2

function usual(
  operation: string,
  { path, query, body, headers, region = '', accessKeyId = '' }: AwsRequest,
  state: State,
): AwsReply {
  const { clusters, objects } = state
  const nowMs = timeOf(state)
  switch (operation) {
    case 'sts:AssumeRole':
      return assumed(new URLSearchParams(body), accessKeyId, nowMs)
    case 'sts:GetSessionToken':
      return given(new URLSearchParams(body), nowMs)
    case 'sts:GetCallerIdentity':
      return identity(accessKeyId)
    case 'ecr:GetAuthorizationToken':
      return registryToken(region, nowMs)
    case 'eks:DescribeCluster': {
      const name = path.split('/').at(-1) ?? ''
      const cluster = clusters.get(name)
      if (cluster === undefined)
        return jsonError(404, 'ResourceNotFoundException', `No cluster found for name: ${name}.`)
      return json({ cluster: { name, ...cluster } })
    }
    case 'eks:ListClusters': {
      const from = Number(query['nextToken'] ?? 0)
      const names = [...clusters.keys()]
      const next = from + pageSize < names.length ? String(from + pageSize) : null
      return json({ clusters: names.slice(from, from + pageSize), nextToken: next })
    }
    case 'eks:ListPodIdentityAssociations':
    case 'eks:DescribePodIdentityAssociation':
      return podIdentity(path, query, state)
    case 's3:GetObject': {
      const key = path.replace(/^\//, '')
      const text = objects.get(key)
      if (text !== undefined)
        return { status: 200, headers: { 'content-type': 'binary/octet-stream' }, body: text }
      const has = [...objects.keys()].some((each) => each.split('/')[0] === key.split('/')[0])
      return has
        ? xmlError(404, 'NoSuchKey', 'The specified key does not exist.')
        : xmlError(404, 'NoSuchBucket', 'The specified bucket does not exist')
    }
    case 'sso:GetRoleCredentials':
      return headers['x-amz-sso_bearer_token'] === 'good-token'
        ? json({
            roleCredentials: {
              accessKeyId: `ASIASSO${query['account_id']}`,
              secretAccessKey: 'sso-secret',
              sessionToken: 'sso-session',
              expiration: nowMs + 3_600_000,
            },
          })
        : jsonError(401, 'UnauthorizedException', 'Session token not found or invalid')
    default:
      return jsonError(400, 'UnknownOperationException', operation)
  }
}

/** As EKS has it: the list without roles, each by its id with all. */
function podIdentity(path: string, query: AwsRequest['query'], { clusters, associations }: State): AwsReply {
  const [, , clusterName = '', , id] = path.split('/')
  if (!clusters.has(clusterName)) {
    return jsonError(404, 'ResourceNotFoundException', `No cluster found for name: ${clusterName}.`)
  }
  const all = associations.get(clusterName) ?? []
  if (id !== undefined) {
    const association = all[Number(id.replace('a-', ''))]
    return association === undefined
      ? jsonError(404, 'ResourceNotFoundException', `The association ${id} does not exist.`)
      : json({ association: { clusterName, associationId: id, ...association } })
  }
  const from = Number(query['nextToken'] ?? 0)
  const next = from + pageSize < all.length ? String(from + pageSize) : null
  const listed = all.map(({ namespace, serviceAccount }, at) => ({
    clusterName,
    associationId: `a-${at}`,
    namespace,
    serviceAccount,
  }))
  return json({ associations: listed.slice(from, from + pageSize), nextToken: next })
}

/** Who keys are, by the names that `keys` gives them. */
function identity(accessKeyId: string): AwsReply {
  const account = /\d{12}$/.exec(accessKeyId)?.[0]
  const arn = ownerArn(accessKeyId)
  return stsReply(
    'GetCallerIdentity',
    `<Arn>${arn}</Arn><UserId>AIDAEXAMPLE</UserId><Account>${account ?? '123456789012'}</Account>`,
  )
}

function ownerArn(accessKeyId: string): string {
  const account = /\d{12}$/.exec(accessKeyId)?.[0]
  return account === undefined
    ? 'arn:aws:iam::123456789012:user/anna'
    : `arn:aws:sts::${account}:assumed-role/developer/devk8s-anna`
}

/** GetSessionToken; of a device only the code 123456 is taken, as often as it is typed. */
function given(form: URLSearchParams, nowMs: number): AwsReply {
  const isMistyped = form.has('SerialNumber') && form.get('TokenCode') !== '123456'
  if (isMistyped) {
    const reason = 'MultiFactorAuthentication failed with invalid MFA one time pass code. '
    return queryError(403, 'AccessDenied', reason)
  }
  const whose = form.has('SerialNumber') ? 'CODE' : 'OWN'
  return stsReply('GetSessionToken', keys(`ASIA${whose}`, whose.toLowerCase(), form, nowMs))
}

/** Trusts whom the simulated AWS trusts (src/simulator/aws/roles.ts). */
function assumed(form: URLSearchParams, accessKeyId: string, nowMs: number): AwsReply {
  const roleArn = form.get('RoleArn') ?? ''
  const externalId = form.get('ExternalId')
  if (!mayAssume({ roleArn, ...(externalId === null ? {} : { externalId }) })) {
    const who = ownerArn(accessKeyId)
    const reason = `User: ${who} is not authorized to perform: sts:AssumeRole on resource: ${roleArn}`
    return queryError(403, 'AccessDenied', reason)
  }
  const [, , , , account = '', role = ''] = roleArn.split(':')
  const arn = `arn:aws:sts::${account}:assumed-role/${role.replace(/^role\//, '')}/${form.get('RoleSessionName')}`
  const user = `<AssumedRoleUser><AssumedRoleId>AROAEXAMPLE:x</AssumedRoleId><Arn>${arn}</Arn></AssumedRoleUser>`
  return stsReply('AssumeRole', `${user}${keys(`ASIAROLE${account}`, 'role', form, nowMs)}`)
}

function keys(accessKeyId: string, whose: string, form: URLSearchParams, nowMs: number): string {
  const until = new Date(nowMs + Number(form.get('DurationSeconds')) * 1_000).toISOString()
  return `<Credentials>
    <AccessKeyId>${accessKeyId}</AccessKeyId>
    <SecretAccessKey>${whose}-secret</SecretAccessKey>
    <SessionToken>${whose}-session</SessionToken>
    <Expiration>${until}</Expiration>
  </Credentials>`
}

function stsReply(action: string, result: string): AwsReply {
  return {
    status: 200,
    headers: { 'content-type': 'text/xml' },
    body: `<${action}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <${action}Result>${result}</${action}Result>
  <ResponseMetadata><RequestId>c6104cbe-af31-11e0-8154-cbc7ccf896c7</RequestId></ResponseMetadata>
</${action}Response>`,
  }
}

/** Times of ECR are seconds since 1970. */
function registryToken(region: string, nowMs: number): AwsReply {
  return json({
    authorizationData: [
      {
        authorizationToken: btoa(`AWS:password-of-${region}`),
        expiresAt: Math.round(nowMs / 1_000) + 12 * 3_600,
        proxyEndpoint: `https://123456789012.dkr.ecr.${region}.amazonaws.com`,
      },
    ],
  })
}

function json(value: unknown): AwsReply {
  return { status: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify(value) }
}

/** An error of the services that speak REST-JSON: EKS and SSO. */
export function jsonError(status: number, type: string, message: string): AwsReply {
  return {
    status,
    headers: { 'content-type': 'application/json', 'x-amzn-errortype': `${type}:` },
    body: JSON.stringify({ message }),
  }
}

/** An error of ECR, which speaks JSON 1.1: every refusal is status 400. */
export function targetError(type: string, message: string): AwsReply {
  return {
    status: 400,
    headers: { 'content-type': 'application/x-amz-json-1.1' },
    body: JSON.stringify({ __type: type, message }),
  }
}

/** An error of STS and IAM, which speak the query protocol. */
export function queryError(status: number, code: string, message: string): AwsReply {
  const error = `<Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error>`
  return {
    status,
    headers: { 'content-type': 'text/xml' },
    body: `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">${error}<RequestId>4ab1c8f0</RequestId></ErrorResponse>`,
  }
}

/** An error of S3. */
export function xmlError(status: number, code: string, message: string): AwsReply {
  const head = '<?xml version="1.0" encoding="UTF-8"?>\n'
  return {
    status,
    headers: { 'content-type': 'application/xml' },
    body: `${head}<Error><Code>${code}</Code><Message>${message}</Message><RequestId>4442587FB7D0A2F9</RequestId></Error>`,
  }
}
