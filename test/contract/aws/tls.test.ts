import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { realAws } from '../../../src/adapters/aws.ts'
import { awsHome } from '../../fakes/aws-home.ts'

const folder = mkdtempSync(join(tmpdir(), 'devk8s-aws-tls-'))
const signal = new AbortController().signal

/** A certificate of nobody for 127.0.0.1. */
function makeCertificate(): boolean {
  const name = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1']
  const files = ['-keyout', 'key.pem', '-out', 'cert.pem']
  try {
    const args = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', ...name, ...files]
    execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' })
    return true
  } catch {
    process.stdout.write('openssl is not here: the certificates of AWS are not tested\n')
    return false
  }
}

describe.runIf(makeCertificate())('the certificate of AWS', () => {
  let server: Server
  let home: string
  beforeAll(async () => {
    const read = (name: string) => readFileSync(join(folder, name))
    server = createServer({ key: read('key.pem'), cert: read('cert.pem') }, (_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' })
      response.end('{"clusters":["acme-dev"]}')
    })
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
    const credentials = '[acme]\naws_access_key_id = AKIA\naws_secret_access_key = s\nregion = eu-west-1\n'
    home = await awsHome({ credentials })
  })
  afterAll(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => void server.close(resolve))
  })
  const open = (env: Readonly<Record<string, string>>) => {
    const { port } = server.address() as AddressInfo
    return realAws({ env: { AWS_ENDPOINT_URL: `https://127.0.0.1:${port}`, ...env }, home })
  }

  test('clause 44: is checked', async () => {
    await expect(open({}).listClusters({ profile: 'acme' }, signal)).rejects.toMatchObject({
      problems: [{ code: 'DK5022' }],
    })
  })

  test('clause 44: may be of the CA that AWS_CA_BUNDLE names', async () => {
    const aws = open({ AWS_CA_BUNDLE: join(folder, 'cert.pem') })
    expect(await aws.listClusters({ profile: 'acme' }, signal)).toEqual(['acme-dev'])
  })
})
