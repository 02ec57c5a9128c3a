import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { rm } from 'node:fs/promises'
import { describe, expect, onTestFinished, test } from 'vitest'
import { parse, stringify } from 'yaml'
import type { Laptop as LaptopState } from '../../src/simulator/state.ts'
import { loopbackAws, type LoopbackAws } from '../fakes/aws-server.ts'
import {
  canariesIn,
  canaryRegistryPassword,
  canarySession,
  formsOf,
  secretsWithSessions,
} from '../support/canaries.ts'
import { devk8s } from './program.ts'
import { handOver, type Laptop, newLaptop } from './support/laptop.ts'

// The built program, real processes and files, and the real SDK on the loopback; minikube, kubectl and the cluster are
// the simulator's programs, which need a system that runs scripts by their first line.
const posix = process.platform !== 'win32'

/** The person's own long-term keys: in their file, and nowhere else, the cluster included. */
const ownKeys = { id: 'AKIACANARYOWNKEYS234', secret: 'canary/own+Secret+canary/own+Secret+canar' }
const isOwn = (text: string) => formsOf(ownKeys.secret).some((form) => text.includes(form))

function plantKeys({ instead }: LoopbackAws): void {
  const { accessKeyId, secretAccessKey, sessionToken } = canarySession
  const end = new Date(Date.now() + 12 * 3_600_000).toISOString()
  // STS's own form of answer, API reference "GetSessionToken" and "AssumeRole".
  const session = (operation: string, more = '') => ({
    status: 200,
    headers: { 'content-type': 'text/xml' },
    body: `<${operation}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><${operation}Result>${more}
<Credentials><AccessKeyId>${accessKeyId}</AccessKeyId><SecretAccessKey>${secretAccessKey}</SecretAccessKey>
<SessionToken>${sessionToken}</SessionToken><Expiration>${end}</Expiration></Credentials>
</${operation}Result><ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></${operation}Response>`,
  })
  instead.set('sts:GetSessionToken', session('GetSessionToken'))
  const user = 'arn:aws:sts::123456789012:assumed-role/shop/devk8s'
  const assumed = `<AssumedRoleUser><AssumedRoleId>AROASHOP:devk8s</AssumedRoleId><Arn>${user}</Arn></AssumedRoleUser>`
  instead.set('sts:AssumeRole', session('AssumeRole', assumed))
  const authorizationToken = Buffer.from(`AWS:${canaryRegistryPassword}`).toString('base64')
  const expiresAt = Math.floor(Date.now() / 1_000) + 12 * 3_600
  const proxyEndpoint = 'https://123456789012.dkr.ecr.eu-west-1.amazonaws.com'
  const token = JSON.stringify({ authorizationData: [{ authorizationToken, expiresAt, proxyEndpoint }] })
  instead.set('ecr:GetAuthorizationToken', {
    status: 200,
    headers: { 'content-type': 'application/x-amz-json-1.1' },
    body: token,
  })
}

type Lane = 'agent' | 'env'
/** What the agent has a session for of its own; the Secrets of the other lane have the person's. */
const shop = 'arn:aws:iam::123456789012:role/shop'

async function openLab(lane: Lane): Promise<{ readonly laptop: Laptop; readonly aws: LoopbackAws }> {
  const aws = await loopbackAws()
  plantKeys(aws)
  const laptop = await newLaptop({ env: { AWS_ENDPOINT_URL: aws.url, AWS_EC2_METADATA_DISABLED: 'true' } })
  onTestFinished(async () => {
    await aws.close()
    await rm(laptop.person.home, { recursive: true, force: true, maxRetries: 5 })
  })
  const { home, cwd } = laptop.person
  const path = join(cwd, 'devk8s.yaml')
  const profile = parse(await readFile(path, 'utf8')) as Readonly<Record<string, unknown>>
  const registries = [{ account: '123456789012', regions: ['eu-west-1'] }]
  const ecr = { mode: 'secret', registries }
  const more = { profile: 'acme', region: 'eu-west-1', ecr, roles: { [shop]: 'assume' }, lane }
  await writeFile(path, stringify({ ...profile, namespaces: ['shop'], aws: more }))
  await mkdir(join(home, '.aws'))
  const { id, secret } = ownKeys
  const keys = `[acme]\naws_access_key_id = ${id}\naws_secret_access_key = ${secret}\n`
  await writeFile(join(home, '.aws', 'credentials'), keys, { mode: 0o600 })
  await handOver(join(home, '.aws'))
  await handOver(path)
  return { laptop, aws }
}

/** The person's own file, and the simulated cluster: there they belong. */
const places = /^(\.aws\/credentials|\.laptop\/[^/]*\/?laptop\.json)$/
/** Sessions that a code was typed for; nobody types one here. */
const sessions = /\/aws\/sessions\//

async function filesWithKeys({ person: { home } }: Laptop): Promise<readonly string[]> {
  const entries = await readdir(home, { recursive: true, withFileTypes: true })
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(home, join(entry.parentPath, entry.name)))
    .filter((path) => !places.test(path) && !path.startsWith('.laptop/package/'))
  const found = await Promise.all(
    files.map(async (path) => {
      if ((await stat(join(home, path))).size > 5_000_000) return []
      const text = await readFile(join(home, path), 'utf8')
      return canariesIn(text).length > 0 || isOwn(text) ? [path] : []
    }),
  )
  return found.flat()
}

async function nodesOf({ programs }: Laptop): Promise<LaptopState['nodes']> {
  return (JSON.parse(await readFile(join(programs.state, 'laptop.json'), 'utf8')) as LaptopState).nodes
}

/** What is in the cluster now; what was deleted is not. */
const livingIn = (nodes: LaptopState['nodes']) =>
  Object.values(nodes).flatMap(({ store }) => Object.values(store?.objects ?? {}).map(({ object }) => object))

describe.skipIf(!posix)('the keys of a day, as processes', { timeout: 120_000 }, () => {
  test.for([
    ['agent', 'devk8s-system/devk8s-aws-sessions'],
    ['env', 'shop/aws-credentials'],
  ] as const)(
    'lane %s: they reach %s, and nothing that is printed, written or passed on',
    async ([lane, secret]) => {
      const { laptop, aws } = await openLab(lane)
      const lines = [
        ['up', '--verbose', '--show-commands'],
        ['up', '--json', '--show-commands'],
        ['status', '--output', 'ndjson'],
        ['aws', 'status'],
        ['aws', 'whoami', '--json'],
        ['aws', 'refresh', '--show-commands'],
      ]
      for (const line of lines) {
        const ran = await devk8s(laptop.person, line)
        const said = ran.stdout + ran.stderr
        expect({ line, code: ran.code, said: ran.code === 0 ? '' : said }).toEqual({
          line,
          code: 0,
          said: '',
        })
        expect({ line, found: canariesIn(said), isOwn: isOwn(said) }).toEqual({
          line,
          found: [],
          isOwn: false,
        })
      }
      const nodes = await nodesOf(laptop)
      const holding = secretsWithSessions(livingIn(nodes))
      expect(holding).toContain(secret)
      // A Secret in each namespace, or the one of the agent.
      expect(holding.filter((name) => lane === 'agent' || !name.endsWith('/aws-credentials'))).toEqual(
        lane === 'agent' ? [secret] : [],
      )
      const cluster = JSON.stringify(nodes)
      expect(canariesIn(cluster)).toEqual(
        expect.arrayContaining(['session secretAccessKey', 'session sessionToken', 'registry password']),
      )
      expect(isOwn(cluster)).toBe(false)
      // The person's keys signed, and what they signed was asked for.
      expect(aws.requests.map(({ accessKeyId }) => accessKeyId)).toContain(ownKeys.id)
      expect(aws.requests.some(({ body }) => body.includes('Action=AssumeRole&'))).toBe(lane === 'agent')

      aws.instead.set('ecr:GetAuthorizationToken', {
        status: 400,
        body: JSON.stringify({ __type: 'ExpiredTokenException', message: 'The security token is expired' }),
      })
      const failed = await devk8s(laptop.person, ['aws', 'refresh', '--verbose', '--show-commands'])
      expect(canariesIn(failed.stdout + failed.stderr)).toEqual([])

      const environments = await laptop.environments()
      expect({ found: canariesIn(environments), isOwn: isOwn(environments) }).toEqual({
        found: [],
        isOwn: false,
      })
      const left = await filesWithKeys(laptop)
      expect(left.filter((path) => !sessions.test(path))).toEqual([])
      for (const path of left) expect((await stat(join(laptop.person.home, path))).mode & 0o777).toBe(0o600)

      const out = await devk8s(laptop.person, ['aws', 'logout', '--yes'])
      expect({ code: out.code, said: canariesIn(out.stdout + out.stderr) }).toEqual({ code: 0, said: [] })
      expect(await filesWithKeys(laptop)).toEqual([])
      expect(canariesIn(JSON.stringify(livingIn(await nodesOf(laptop))))).toEqual([])
    },
  )
})
