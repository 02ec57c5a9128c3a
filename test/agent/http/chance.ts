import { cartRole, podOf, tokenOf } from './world.ts'

// Requests by chance, the same ones for the same seed.

/** mulberry32: the same requests for the same seed. */
export function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d_2b_79_f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

const tokens = [
  tokenOf(podOf('cart'), 'pods.eks.amazonaws.com'),
  tokenOf(podOf('cart'), 'sts.amazonaws.com'),
  tokenOf(podOf('other'), 'pods.eks.amazonaws.com'),
  'Bearer x',
  'a.b.c',
  '',
]
const paths = [
  '/v1/credentials',
  '/v2/credentials/cart',
  '/role/cart',
  `/role-arn/${cartRole}`,
  '/latest/api/token',
  '/latest/meta-data/',
  '/latest/meta-data/iam/security-credentials/cart',
  '/latest/dynamic/instance-identity/document',
  '/sts',
  '/healthz',
  '/whoami',
  '/',
  '*',
  'http://169.254.169.254/latest/meta-data/',
]
const names = [
  'Host',
  'Authorization',
  'X-aws-ec2-metadata-token',
  'X-aws-ec2-metadata-token-ttl-seconds',
  'X-Forwarded-For',
  'Content-Length',
  'Transfer-Encoding',
  'Content-Type',
  'Expect',
  'Upgrade',
  'Connection',
  'Range',
]
const values = [
  '127.0.0.1',
  '0',
  '60',
  '-1',
  '5',
  'chunked',
  '100-continue',
  'close',
  'keep-alive',
  'x',
  '\u0000',
  'é',
  ...tokens,
]
const methods = [
  'GET',
  'GET',
  'GET',
  'PUT',
  'POST',
  'HEAD',
  'DELETE',
  'OPTIONS',
  'CONNECT',
  'TRACE',
  'GE T',
  'get',
  'PRI',
]
const bodies = [
  '',
  'Action=GetCallerIdentity',
  `Action=AssumeRoleWithWebIdentity&RoleArn=${cartRole}&WebIdentityToken=${tokens[1] ?? ''}`,
  'Action=%',
  '5\r\nhello\r\n0\r\n\r\n',
  'ffffffffffffffff\r\n',
  '\u0000\u0001\u0002',
  'x'.repeat(50_000),
]

/** Bytes to send, and how to end: half of them are requests as HTTP has them, the rest may be anything. */
export function requestFrom(random: () => number): {
  readonly bytes: Buffer
  readonly end: 'end' | 'destroy'
} {
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T
  const noise = () =>
    Array.from({ length: Math.floor(random() * 30) }, () =>
      String.fromCharCode(Math.floor(random() * 256)),
    ).join('')
  const path = () => {
    const known = pick(paths)
    const roll = random()
    if (roll < 0.5) return known
    if (roll < 0.7) return `${known}${noise().replaceAll(/[\s]/g, '')}`
    if (roll < 0.8) return `${known}?${noise()}`
    if (roll < 0.9) return `/${'../'.repeat(3)}${known}%2e%00`
    return noise()
  }
  const one = () => {
    const body = random() < 0.5 ? '' : pick(bodies)
    const headers = Array.from(
      { length: Math.floor(random() * random() * 8) },
      () => `${pick(names)}: ${pick(values)}`,
    )
    const usual = random() < 0.8 ? ['Host: 127.0.0.1', `Authorization: ${pick(tokens)}`] : []
    const length = random() < 0.5 ? [`Content-Length: ${String(body.length)}`] : []
    const head = `${pick(methods)} ${path()} HTTP/${pick(['1.1', '1.1', '1.1', '1.1', '1.0', '2.0', ''])}`
    return `${[head, ...usual, ...headers, ...length].join('\r\n')}\r\n\r\n${body}`
  }
  const proper = () => {
    const method = pick(['GET', 'GET', 'GET', 'HEAD', 'PUT', 'POST'])
    const body = method === 'POST' ? pick(bodies) : ''
    const headers = [
      'X-aws-ec2-metadata-token-ttl-seconds: 60',
      'X-Forwarded-For: 10.0.0.1',
      'X: y',
      'Z: y',
    ].filter(() => random() < 0.3)
    const token = pick(tokens)
    const own = ['Host: 127.0.0.1', ...(token === '' ? [] : [`Authorization: ${token}`])]
    const length = `Content-Length: ${String(Buffer.byteLength(body))}`
    const head = `${method} ${encodeURI(random() < 0.8 ? pick(paths) : path())} HTTP/1.1`
    return `${[head, ...own, ...headers, length].join('\r\n')}\r\n\r\n${body}`
  }
  const isProper = random() < 0.5
  const whole = Array.from({ length: random() < 0.1 ? 3 : 1 }, isProper ? proper : one).join('')
  const cut = !isProper && random() < 0.2 ? whole.slice(0, Math.floor(random() * whole.length)) : whole
  return { bytes: Buffer.from(cut, 'latin1'), end: random() < 0.1 ? 'destroy' : 'end' }
}
