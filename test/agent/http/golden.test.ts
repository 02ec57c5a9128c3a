import { describe, expect, test } from 'vitest'
import { metadataToken, startAgent, type Ask } from './laptop-agent.ts'
import {
  account,
  baseRoleArn,
  cartAddress,
  cartRole,
  changeCart,
  newWorld,
  otherAddress,
  podOf,
  sessionOf,
  startMs,
  tokenOf,
} from './world.ts'

// What each endpoint answers, whole.

const session = sessionOf('cart')
const expiration = '2026-11-25T11:00:00Z'
const keys = {
  AccessKeyId: session.accessKeyId,
  SecretAccessKey: session.secretAccessKey,
  Token: session.sessionToken,
}
const cart = podOf('cart')
const bearing = (audience: string) => ({ Authorization: tokenOf(cart, audience) })

describe('EKS Pod Identity', () => {
  test('answers the five fields of EKS’s agent', async () => {
    await using agent = await startAgent()
    const got = await agent.ask({ path: '/v1/credentials', headers: bearing('pods.eks.amazonaws.com') })
    expect(got.status).toBe(200)
    expect(JSON.parse(got.body)).toEqual({ ...keys, AccountId: account, Expiration: expiration })
    expect(got.headers).toMatchObject({ 'content-type': 'application/json', 'cache-control': 'no-store' })
  })

  test.each([
    '169.254.170.23',
    '169.254.170.23:8170',
    '169.254.170.23:80',
    '[fd00:ec2::23]',
    '[fd00:ec2::23]:80',
  ])('takes the host %s', async (host) => {
    await using agent = await startAgent()
    const headers = { ...bearing('pods.eks.amazonaws.com'), Host: host }
    expect((await agent.ask({ path: '/v1/credentials', headers })).status).toBe(200)
  })

  test('takes a token before the cluster has told of the pod’s address', async () => {
    await using agent = await startAgent(newWorld())
    changeCart(agent.world, { addresses: [] })
    const headers = bearing('pods.eks.amazonaws.com')
    expect((await agent.ask({ path: '/v1/credentials', headers })).status).toBe(200)
  })
})

describe('ECS', () => {
  const body = { RoleArn: cartRole, ...keys, AccountId: account, Expiration: expiration }
  test.each([
    '/v2/credentials/cart',
    '/v2/credentials/8a3d?from=here',
    '/v2/credentials',
    '/creds',
    '/role/cart',
    `/role-arn/${cartRole}`,
    `/role-arn/${encodeURIComponent(cartRole)}`,
  ])('answers %s by the address alone', async (path) => {
    await using agent = await startAgent()
    const got = await agent.ask({ path, headers: { Host: '169.254.170.2' } })
    expect([got.status, JSON.parse(got.body)]).toEqual([200, body])
  })

  test('asks the token too where one is sent', async () => {
    await using agent = await startAgent()
    const headers = bearing('pods.eks.amazonaws.com')
    expect(JSON.parse((await agent.ask({ path: '/v2/credentials/cart', headers })).body)).toEqual(body)
  })

  test('holds a request until the cluster tells of the address', async () => {
    const world = newWorld()
    const { pods } = world
    world.pods = []
    let tell: () => void = () => {}
    world.changed = new Promise((resolve) => (tell = resolve))
    await using agent = await startAgent(world)
    const asked = agent.ask({ path: '/v2/credentials/cart' })
    // It is held: another one is answered meanwhile.
    expect((await agent.ask({ path: '/healthz' })).status).toBe(200)
    world.pods = pods
    tell()
    expect(JSON.parse((await asked).body)).toEqual(body)
  })

  test('holds a token until the cluster tells of its pod, account and namespace', async () => {
    const world = newWorld()
    const { pods, accounts, namespaces } = world
    Object.assign(world, { pods: [], accounts: {}, namespaces: [] })
    let tell: () => void = () => {}
    world.changed = new Promise((resolve) => (tell = resolve))
    await using agent = await startAgent(world)
    const asked = agent.ask({ path: '/v1/credentials', headers: bearing('pods.eks.amazonaws.com') })
    expect((await agent.ask({ path: '/healthz' })).status).toBe(200)
    Object.assign(world, { pods, accounts, namespaces })
    tell()
    expect((await asked).status).toBe(200)
  })

  test('holds 64 requests of one address and refuses the next at once', async () => {
    const world = newWorld({ pods: [] })
    let tell: () => void = () => {}
    world.changed = new Promise((resolve) => (tell = resolve))
    await using agent = await startAgent(world)
    let answered = 0
    const all = Array.from({ length: 65 }, async () => {
      const { status } = await agent.ask({ path: '/v2/credentials/cart' })
      answered += 1
      return status
    })
    expect(await Promise.race(all)).toBe(503)
    expect(answered).toBe(1)
    tell()
    expect(await Promise.all(all)).toEqual(all.map(() => 503))
  })
})

describe('the metadata service', () => {
  test('gives a session token and says how long it lasts', async () => {
    await using agent = await startAgent()
    const got = await agent.ask({
      method: 'PUT',
      path: '/latest/api/token',
      headers: { 'X-aws-ec2-metadata-token-ttl-seconds': '21600', Host: '169.254.169.254' },
    })
    expect([got.status, got.headers['x-aws-ec2-metadata-token-ttl-seconds']]).toEqual([200, '21600'])
    expect(got.body).toMatch(/^[\w-]{72}$/)
  })

  test.each(['0', '21601', '-1', '6e3', '', 'x', '100000'])('takes no %j seconds', async (seconds) => {
    await using agent = await startAgent()
    const headers = { 'X-aws-ec2-metadata-token-ttl-seconds': seconds }
    expect((await agent.ask({ method: 'PUT', path: '/latest/api/token', headers })).status).toBe(400)
  })

  test('takes its token until it expires, from the pod that it was made for, and no other', async () => {
    await using agent = await startAgent()
    const ask = { path: '/latest/meta-data/instance-id' }
    const headers = { 'X-aws-ec2-metadata-token': await metadataToken(agent, 10) }
    agent.world.nowMs = startMs + 9_999
    expect((await agent.ask({ ...ask, headers })).status).toBe(200)
    expect((await agent.ask({ ...ask, headers, from: otherAddress })).status).toBe(403)
    agent.world.nowMs = startMs + 10_000
    expect((await agent.ask({ ...ask, headers })).status).toBe(401)
    expect((await agent.ask({ ...ask, headers: { 'X-aws-ec2-metadata-token': 'x' } })).status).toBe(401)
  })

  test('answers without a token as EC2 does, or 401 where the profile says so', async () => {
    await using agent = await startAgent()
    const { world } = agent
    const ask = { path: '/latest/meta-data/iam/security-credentials/' }
    expect((await agent.ask(ask)).status).toBe(200)
    if (world.mapping !== undefined) world.mapping = { ...world.mapping, imdsV1: false }
    expect((await agent.ask(ask)).status).toBe(401)
    const headers = { 'X-aws-ec2-metadata-token': await metadataToken(agent) }
    expect((await agent.ask({ ...ask, headers })).body).toBe('cart')
  })

  test.each(['/latest', '/1.0', '/2021-07-15'])(
    'gives the credentials of a role under %s',
    async (version) => {
      await using agent = await startAgent()
      const role = `${version}/meta-data/iam/security-credentials`
      expect([(await agent.ask({ path: role })).body, (await agent.ask({ path: `${role}/` })).body]).toEqual([
        'cart',
        'cart',
      ])
      const got = await agent.ask({ path: `${role}/cart` })
      expect(JSON.parse(got.body)).toEqual({
        Code: 'Success',
        LastUpdated: '2026-11-25T10:00:00Z',
        Type: 'AWS-HMAC',
        ...keys,
        Expiration: expiration,
      })
      expect(got.headers).toMatchObject({ 'content-type': 'text/plain', server: 'EC2ws' })
    },
  )

  test('lists a role of another account by its ARN, and takes it back', async () => {
    await using agent = await startAgent()
    const far = 'arn:aws:iam::210987654321:role/team/cart'
    changeCart(agent.world, { annotations: { 'iam.amazonaws.com/role': far } })
    const list = '/latest/meta-data/iam/security-credentials/'
    expect((await agent.ask({ path: list })).body).toBe(far)
    expect((await agent.ask({ path: `${list}${far}` })).status).toBe(200)
    expect((await agent.ask({ path: `${list}${encodeURIComponent(far)}` })).status).toBe(200)
  })

  test('calls the session of a pod without a role by a name of its own', async () => {
    await using agent = await startAgent()
    changeCart(agent.world, { annotations: {}, labels: { 'devk8s.dev/aws': 'on' } })
    const list = '/latest/meta-data/iam/security-credentials/'
    expect((await agent.ask({ path: list })).body).toBe('devk8s-developer')
    const got = await agent.ask({ path: `${list}devk8s-developer` })
    expect(JSON.parse(got.body)).toMatchObject({ AccessKeyId: sessionOf('developer').accessKeyId })
  })

  test('tells of the role', async () => {
    await using agent = await startAgent()
    expect(JSON.parse((await agent.ask({ path: '/latest/meta-data/iam/info' })).body)).toEqual({
      Code: 'Success',
      LastUpdated: '2026-11-25T10:00:00Z',
      InstanceProfileArn: `arn:aws:iam::${account}:instance-profile/cart`,
      InstanceProfileId: 'AROACART',
    })
  })

  test.each([
    ['/', '1.0\nlatest'],
    ['/latest/', 'dynamic\nmeta-data'],
    ['/latest/dynamic', 'instance-identity/'],
    ['/latest/dynamic/instance-identity/', 'document'],
    ['/latest/meta-data/placement/region', 'eu-central-1'],
    ['/latest/meta-data/placement/availability-zone', 'eu-central-1a'],
    ['/latest/meta-data/placement/availability-zone/', 'eu-central-1a'],
    ['/latest/meta-data/placement/availability-zone-id', 'euc1-az1'],
    ['/latest/meta-data/placement/', 'availability-zone\navailability-zone-id\nregion'],
    ['/latest/meta-data/instance-id', 'i-5086431107cae0151'],
    ['/latest/meta-data/instance-type', 'devk8s.local'],
    ['/latest/meta-data/local-ipv4', '192.168.49.2'],
    ['/latest/meta-data/hostname', 'minikube'],
    ['/latest/meta-data/local-hostname', 'minikube'],
    ['/latest/meta-data/mac', '02:42:c0:a8:31:02'],
    ['/latest/meta-data/services/domain', 'amazonaws.com'],
    ['/latest/meta-data/services/partition', 'aws'],
    ['/latest/meta-data/iam', 'info\nsecurity-credentials/'],
    [
      '/latest/meta-data/',
      'hostname\niam/\ninstance-id\ninstance-type\nlocal-hostname\nlocal-ipv4\nmac\nplacement/\nservices/',
    ],
  ])('answers %s', async (path, body) => {
    await using agent = await startAgent()
    const got = await agent.ask({ path })
    expect([got.status, got.body]).toEqual([200, body])
  })

  test('takes the name that EC2 has for it', async () => {
    await using agent = await startAgent()
    const headers = { Host: 'instance-data' }
    expect((await agent.ask({ path: '/latest/meta-data/mac', headers })).status).toBe(200)
  })

  test('has an identity document', async () => {
    await using agent = await startAgent()
    const got = await agent.ask({ path: '/latest/dynamic/instance-identity/document' })
    expect(JSON.parse(got.body)).toEqual({
      accountId: account,
      architecture: 'arm64',
      availabilityZone: 'eu-central-1a',
      billingProducts: null,
      devpayProductCodes: null,
      marketplaceProductCodes: null,
      imageId: null,
      instanceId: 'i-5086431107cae0151',
      instanceType: 'devk8s.local',
      kernelId: null,
      pendingTime: '2026-11-25T09:00:00Z',
      privateIp: '192.168.49.2',
      ramdiskId: null,
      region: 'eu-central-1',
      version: '2017-09-30',
    })
  })

  test.each([
    '/latest/user-data',
    '/latest/meta-data/public-ipv4',
    '/latest/meta-data/iam/other',
    '/latest/dynamic/instance-identity/pkcs7',
    '/latest/meta-data/../user-data',
    '/latest/meta-data/iam/security-credentials/%E0%A4%A',
    '/2021-1-1/meta-data/',
    '/v1/credentials/x',
    '/v3/credentials',
    '/role/',
    '/role-arn/%',
    '//latest/meta-data/',
  ])('finds nothing at %s', async (path) => {
    await using agent = await startAgent()
    const got = await agent.ask({ path })
    expect([got.status, JSON.parse(got.body)]).toMatchObject([404, { code: 'AwsNotFound' }])
    expect(agent.told).toEqual([])
  })
})

describe('STS', () => {
  const form = { 'Content-Type': 'application/x-www-form-urlencoded; charset=utf-8' }
  const assume = new URLSearchParams({
    Action: 'AssumeRoleWithWebIdentity',
    Version: '2011-06-15',
    RoleArn: cartRole,
    RoleSessionName: 'app',
    DurationSeconds: '3600',
    WebIdentityToken: tokenOf(cart, 'sts.amazonaws.com'),
  }).toString()
  const requestId = /<RequestId>[\w-]{36}<\/RequestId>/

  test.each<Ask>([
    { method: 'POST', path: '/sts', headers: form, body: assume },
    { method: 'POST', path: '/sts/', headers: form, body: assume },
    { method: 'POST', path: '/', headers: form, body: assume },
    { method: 'GET', path: `/sts?${assume}` },
  ])('gives the pod’s own role for a token: $method $path', async (ask) => {
    await using agent = await startAgent()
    const got = await agent.ask(ask)
    expect([got.status, got.headers['content-type']]).toEqual([200, 'text/xml'])
    expect(got.body.replace(requestId, 'ID')).toBe(
      '<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">' +
        '<AssumeRoleWithWebIdentityResult><AssumedRoleUser>' +
        `<Arn>${session.arn}</Arn><AssumedRoleId>AROACART:devk8s-ann</AssumedRoleId></AssumedRoleUser>` +
        '<SubjectFromWebIdentityToken>system:serviceaccount:shop:default</SubjectFromWebIdentityToken>' +
        '<Provider>https://kubernetes.default.svc.cluster.local</Provider><Audience>sts.amazonaws.com</Audience>' +
        `<Credentials><AccessKeyId>${keys.AccessKeyId}</AccessKeyId>` +
        `<SecretAccessKey>${keys.SecretAccessKey}</SecretAccessKey><SessionToken>${keys.Token}</SessionToken>` +
        `<Expiration>${expiration}</Expiration></Credentials></AssumeRoleWithWebIdentityResult>` +
        '<ResponseMetadata>ID</ResponseMetadata></AssumeRoleWithWebIdentityResponse>\n',
    )
  })

  const signed = (keyId: string) => ({
    ...form,
    Authorization: `AWS4-HMAC-SHA256 Credential=${keyId}/20261125/eu-central-1/sts/aws4_request, SignedHeaders=host, Signature=00`,
  })
  const whose = { method: 'POST', path: '/sts', body: 'Action=GetCallerIdentity&Version=2011-06-15' }
  const identity =
    '<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>' +
    `<Arn>${session.arn}</Arn><UserId>AROACART:devk8s-ann</UserId><Account>${account}</Account>` +
    '</GetCallerIdentityResult><ResponseMetadata>ID</ResponseMetadata></GetCallerIdentityResponse>\n'

  test('says whose the key of a request is', async () => {
    await using agent = await startAgent()
    const got = await agent.ask({ ...whose, headers: signed(session.accessKeyId) })
    expect([got.status, got.body.replace(requestId, 'ID')]).toEqual([200, identity])
    const query = `/sts?Action=GetCallerIdentity&X-Amz-Credential=${session.accessKeyId}%2F20261125%2Fx`
    expect((await agent.ask({ path: query })).body.replace(requestId, 'ID')).toBe(identity)
  })

  test('still knows a key that it gave before the session was renewed, until that expires', async () => {
    await using agent = await startAgent()
    const { world } = agent
    await agent.ask({ path: '/v2/credentials/cart' })
    world.sessions = { [`assume:${cartRole}`]: sessionOf('cart', 1, startMs + 7_200_000) }
    const ask = { ...whose, headers: signed(session.accessKeyId) }
    expect((await agent.ask(ask)).body.replace(requestId, 'ID')).toBe(identity)
    world.nowMs = startMs + 3_600_000
    const over = await agent.ask(ask)
    expect([over.status, over.body]).toEqual([403, expect.stringContaining('<Code>ExpiredToken</Code>')])
  })

  test('still knows such a key of two sessions: a role’s own is that of its fallback', async () => {
    await using agent = await startAgent()
    const { world } = agent
    const pods = [podOf('plain', { addresses: [otherAddress], labels: { 'devk8s.dev/aws': 'on' } })]
    world.pods = [...world.pods.filter(({ name }) => name === 'cart'), ...pods]
    const same = (generation: number) => ({
      developer: sessionOf('cart', generation),
      [`assume:${cartRole}`]: { ...sessionOf('cart', generation), instead: 'AWS does not let you.' },
    })
    world.sessions = same(0)
    for (const from of [otherAddress, cartAddress]) await agent.ask({ path: '/v2/credentials/x', from })
    world.sessions = same(1)
    for (const from of [otherAddress, cartAddress]) {
      const got = await agent.ask({ ...whose, headers: signed(session.accessKeyId), from })
      expect(got.body.replace(requestId, 'ID')).toBe(identity)
    }
  })

  test.each([
    [{ ...whose, body: 'Action=AssumeRole' }, 400, 'InvalidAction'],
    [{ ...whose, body: '' }, 400, 'InvalidAction'],
    [{ ...whose, body: '<Action>&' }, 400, 'InvalidAction'],
    [{ ...whose, body: assume.replace(/RoleArn=[^&]*/, '') }, 400, 'ValidationError'],
    [{ ...whose, body: 'x'.repeat(40_000) }, 413, 'ValidationError'],
    [{ ...whose, method: 'PUT' }, 405, 'ValidationError'],
  ])('answers an error of its own kind', async (ask, status, code) => {
    await using agent = await startAgent()
    const got = await agent.ask({ ...ask, headers: form })
    expect([got.status, got.body.replace(requestId, 'ID')]).toEqual([
      status,
      expect.stringMatching(
        new RegExp(
          `^<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type>` +
            `<Code>${code}</Code><Message>devk8s: [^<>]+</Message></Error>ID</ErrorResponse>\n$`,
        ),
      ),
    ])
  })
})

describe('health and whoami', () => {
  test('is not ready before the lists are in, and answers 503 to everybody until then', async () => {
    await using agent = await startAgent(newWorld({ isReady: false }))
    const health = await agent.ask({ path: '/healthz' })
    expect([health.status, JSON.parse(health.body)]).toEqual([
      503,
      { status: 'starting', version: '1.2.3', staleForMs: 1_234 },
    ])
    const got = await agent.ask({ path: '/v1/credentials', headers: bearing('pods.eks.amazonaws.com') })
    expect([got.status, got.headers['retry-after'], JSON.parse(got.body)]).toMatchObject([
      503,
      '1',
      { code: 'AwsAgentNotReady' },
    ])
    const sts = await agent.ask({ path: '/sts?Action=GetCallerIdentity' })
    expect([sts.status, sts.body]).toEqual([503, expect.stringContaining('<Code>ServiceUnavailable</Code>')])
    agent.world.isReady = true
    expect((await agent.ask({ path: '/healthz' })).status).toBe(200)
  })

  test('says who asks and what it gets, without the keys', async () => {
    await using agent = await startAgent()
    const { body } = await agent.ask({ path: '/whoami' })
    expect(JSON.parse(body)).toEqual({
      pod: { namespace: 'shop', name: 'cart', serviceAccount: 'default' },
      role: { role: 'cart', arn: cartRole, from: 'pod' },
      rule: 'cart',
      warnings: [],
      gives: { is: 'assume', twin: false },
      session: {
        id: `assume:${cartRole}`,
        account,
        arn: session.arn,
        issuedAt: session.issuedAt,
        expiresAt: session.expiresAt,
      },
      knownForMs: 1_234,
    })
    for (const key of Object.values(keys)) expect(body).not.toContain(key)
  })

  test.each(['pods.eks.amazonaws.com', 'sts.amazonaws.com'])('takes a token for %s', async (audience) => {
    await using agent = await startAgent()
    const got = await agent.ask({ path: '/whoami', headers: bearing(audience) })
    expect([got.status, JSON.parse(got.body)]).toMatchObject([200, { pod: { name: 'cart' } }])
  })

  test('says why a pod gets nothing', async () => {
    await using agent = await startAgent()
    changeCart(agent.world, { annotations: {} })
    const got = await agent.ask({ path: '/whoami' })
    expect([got.status, JSON.parse(got.body)]).toMatchObject([
      200,
      { role: null, gives: null, session: null, refused: { code: 'AwsUnmapped' } },
    ])
    expect(agent.told).toEqual([])
  })
})

describe('what is told beside the answer', () => {
  test('a role that its namespace leaves out, where the profile only warns', async () => {
    const world = newWorld()
    world.namespaces = [
      { name: 'shop', labels: {}, annotations: { 'iam.amazonaws.com/allowed-roles': '["billing"]' } },
    ]
    if (world.mapping !== undefined)
      world.mapping = { ...world.mapping, restrictions: { mode: 'warn', format: 'glob' } }
    await using agent = await startAgent(world)
    expect((await agent.ask({ path: '/v2/credentials/cart' })).status).toBe(200)
    expect(agent.told).toEqual([
      {
        pod: 'shop/cart',
        reason: 'AwsNotPermittedRemotely',
        message: expect.stringContaining(`${baseRoleArn}cart`),
      },
    ])
  })

  test('that it is another session than was asked for', async () => {
    const world = newWorld()
    world.sessions = {
      [`assume:${cartRole}`]: { ...sessionOf('cart'), instead: 'AWS does not let you assume it.' },
    }
    await using agent = await startAgent(world)
    await agent.ask({ path: '/v2/credentials/cart' })
    expect(agent.told).toEqual([
      { pod: 'shop/cart', reason: 'AwsOtherSession', message: 'AWS does not let you assume it.' },
    ])
  })

  test('the same line of the log once a minute', async () => {
    await using agent = await startAgent()
    for (let time = 0; time < 5; time += 1) await agent.ask({ path: '/v2/credentials/cart' })
    expect(agent.log).toEqual([`gave assume:${cartRole} ecs shop/cart, good until ${session.expiresAt}`])
    agent.world.nowMs += 60_001
    await agent.ask({ path: '/v2/credentials/cart' })
    expect(agent.log).toHaveLength(2)
  })
})

describe('methods', () => {
  test('HEAD answers as GET does, without the body', async () => {
    await using agent = await startAgent()
    const path = '/latest/meta-data/iam/security-credentials/cart'
    const [get, head] = [await agent.ask({ path }), await agent.ask({ path, method: 'HEAD' })]
    expect([head.status, head.body, head.headers['content-length']]).toEqual([
      200,
      '',
      String(Buffer.byteLength(get.body)),
    ])
  })

  test.each([
    ['POST', '/v1/credentials'],
    ['PUT', '/latest/meta-data/instance-id'],
    ['GET', '/latest/api/token'],
    ['HEAD', '/latest/api/token'],
    ['DELETE', '/healthz'],
    ['OPTIONS', '/sts'],
    ['PATCH', '/whoami'],
  ])('%s %s is not allowed', async (method, path) => {
    await using agent = await startAgent()
    const got = await agent.ask({ method, path })
    expect([got.status, got.headers['allow']]).toEqual([405, expect.stringMatching(/GET|PUT/)])
  })
})
