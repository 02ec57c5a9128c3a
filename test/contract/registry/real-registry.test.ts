import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { realHashing } from '../../../src/adapters/hash.ts'
import { realNet } from '../../../src/adapters/net.ts'
import { Secret } from '../../../src/ports/secret.ts'
import { imageNotFound, registryTokenRefused } from '../../../src/problems/registry-check.ts'
import { checkPull } from '../../../src/registry/pull.ts'
import { parseImage } from '../../../src/registry/reference.ts'
import { manualClock } from '../../engine/manual-clock.ts'
import { noAws } from '../../fakes/nothing.ts'

// The registry of the distribution project (Debian: docker-registry), where it is on the PATH. It knows no IAM and keeps
// its own layers, but its manifests, digests and refusals are of the protocol that ECR's registries speak.
const program = 'docker-registry'
const isThere = spawnSync(program, ['--version']).status === 0
const host = '123456789012.dkr.ecr.eu-west-1.amazonaws.com'
/** `AWS:good` in base64, and as a line of an htpasswd file. */
const goodToken = 'QVdTOmdvb2Q='
const htpasswd = 'AWS:$2b$05$abcdefghijklmnopqrstuuNF5/gKGv1vSzRBclZtmf77tbZMWqiPK\n'

let folder = ''
let running: ChildProcess | undefined
let url = ''

beforeAll(async () => {
  if (!isThere) {
    process.stdout.write('verify --image: no real registry (docker-registry)\n')
    return
  }
  folder = await mkdtemp(join(tmpdir(), 'devk8s-registry-'))
  const addr = `127.0.0.1:${await freePort()}`
  url = `http://${addr}`
  await writeFile(join(folder, 'htpasswd'), htpasswd)
  const config = {
    version: 0.1,
    storage: { filesystem: { rootdirectory: join(folder, 'data') } },
    http: { addr },
    auth: { htpasswd: { realm: 'test', path: join(folder, 'htpasswd') } },
  }
  // JSON is YAML.
  await writeFile(join(folder, 'config.yml'), JSON.stringify(config))
  running = spawn(program, ['serve', join(folder, 'config.yml')], { stdio: 'ignore' })
  for (let left = 100; left > 0 && !(await answers()); left -= 1) {
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
})

afterAll(async () => {
  running?.kill()
  if (folder !== '') await rm(folder, { recursive: true, force: true })
})

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => void server.close(resolve))
  return port
}

const answers = async () =>
  fetch(url).then(
    () => true,
    () => false,
  )

const digestOf = (text: string) => `sha256:${createHash('sha256').update(text).digest('hex')}`

async function put(address: string, body: string, type: string): Promise<void> {
  const headers = { authorization: `Basic ${goodToken}`, 'content-type': type }
  const reply = await fetch(address, { method: 'PUT', headers, body })
  if (!reply.ok) throw new Error(`${reply.status} ${await reply.text()}`)
}

async function putBlob(repository: string, text: string): Promise<{ digest: string; size: number }> {
  const headers = { authorization: `Basic ${goodToken}` }
  const { headers: begun } = await fetch(`${url}/v2/${repository}/blobs/uploads/`, {
    method: 'POST',
    headers,
  })
  const digest = digestOf(text)
  await put(`${begun.get('location') ?? ''}&digest=${digest}`, text, 'application/octet-stream')
  return { digest, size: text.length }
}

const types = {
  index: 'application/vnd.oci.image.index.v1+json',
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  config: 'application/vnd.oci.image.config.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar+gzip',
}

async function pushIndex(repository: string, tag: string): Promise<readonly string[]> {
  const digests: string[] = []
  const manifests: object[] = []
  for (const architecture of ['amd64', 'arm64']) {
    const config = await putBlob(repository, JSON.stringify({ os: 'linux', architecture }))
    const layer = await putBlob(repository, `layer of ${architecture}`)
    const manifest = JSON.stringify({
      schemaVersion: 2,
      mediaType: types.manifest,
      config: { mediaType: types.config, ...config },
      layers: [{ mediaType: types.layer, ...layer }],
    })
    const digest = digestOf(manifest)
    await put(`${url}/v2/${repository}/manifests/${digest}`, manifest, types.manifest)
    digests.push(digest)
    const platform = { os: 'linux', architecture }
    manifests.push({ mediaType: types.manifest, digest, size: manifest.length, platform })
  }
  const index = JSON.stringify({ schemaVersion: 2, mediaType: types.index, manifests })
  await put(`${url}/v2/${repository}/manifests/${tag}`, index, types.index)
  return digests
}

async function pull(name: string, token = goodToken) {
  const image = parseImage(`${host}/${name}`)
  if ('reason' in image) throw new Error(image.reason)
  const real = realNet({ env: {} })
  const net = {
    ...real,
    get: async (request: Parameters<typeof real.get>[0]) =>
      real.get({ ...request, url: request.url.replace(`https://${host}`, url) }),
  }
  const granted = { region: 'eu-west-1', account: '123456789012', expiresAtMs: 0 }
  const registryToken = async () => ({ ...granted, auth: Secret.of(token) })
  const aws = {
    ...noAws,
    registryToken,
    callerIdentity: async () => ({ account: '1', arn: 'arn:aws:iam::123456789012:root', userId: 'x' }),
  }
  const ports = { aws, net, clock: manualClock({ auto: true }), hashing: realHashing() }
  return checkPull(image, { ports, signal: new AbortController().signal, wants: {}, nodeArch: 'arm64' })
}

describe.skipIf(!isThere)('a real registry', () => {
  test('gives an image of an index, up to its config', async () => {
    const [, arm64] = await pushIndex('team/shop', '1.4')
    const outcome = await pull('team/shop:1.4')
    expect(outcome.problem).toBeUndefined()
    expect(outcome.digest).toBe(arm64)
    expect(outcome.proved.map(({ what }) => what)).toEqual(['token', 'manifest', 'layers'])
  })

  test('by digest', async () => {
    const [amd64] = await pushIndex('team/shop', '1.4')
    expect((await pull(`team/shop@${amd64 ?? ''}`)).notes).toMatchObject([
      { text: expect.stringContaining('built for linux/amd64') },
    ])
  })

  test.each([
    ['a tag that is not there', 'team/shop:9', goodToken, imageNotFound.code],
    ['a token that it does not know', 'team/shop:1.4', 'QVdTOmJhZA==', registryTokenRefused.code],
  ])('refuses %s', async (_, name, token, code) => {
    await pushIndex('team/shop', '1.4')
    expect((await pull(name, token)).problem?.code).toBe(code)
  })
})
