import { execFileSync } from 'node:child_process'
import { createPrivateKey, generateKeyPairSync, X509Certificate } from 'node:crypto'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { signClientCertificate } from '../../../src/adapters/certificates.ts'
import { Secret } from '../../../src/ports/secret.ts'
import { authorityKeyPem, authorityPem } from '../../../src/simulator/aws/authority.ts'

const nowMs = Date.parse('2027-03-01T12:00:00.400Z')
const authority = { certificatePem: authorityPem, keyPem: Secret.of(authorityKeyPem) }
const wants = { authority, commonName: 'kubecfg-anna', organization: 'system:masters', hours: 1, nowMs }

function hasOpenssl(): boolean {
  try {
    execFileSync('openssl', ['version'], { stdio: 'pipe' })
    return true
  } catch {
    process.stdout.write('openssl is not here: its verdict is skipped\n')
    return false
  }
}

describe('a client certificate', () => {
  test('is of the CA, for the person, and for an hour', async () => {
    const minted = await signClientCertificate(wants)
    const certificate = new X509Certificate(minted.certificatePem)
    const ca = new X509Certificate(authorityPem)
    expect(certificate.checkIssued(ca)).toBe(true)
    expect(certificate.verify(ca.publicKey)).toBe(true)
    expect(certificate.subject).toBe('O=system:masters\nCN=kubecfg-anna')
    expect(certificate.ca).toBe(false)
    expect(certificate.keyUsage).toEqual(['1.3.6.1.5.5.7.3.2'])
    expect(Date.parse(certificate.validTo)).toBe(minted.expiresAtMs)
    expect(minted.expiresAtMs).toBe(Date.parse('2027-03-01T13:00:00Z'))
    expect(Date.parse(certificate.validFrom)).toBe(Date.parse('2027-03-01T11:55:00Z'))
    const key = createPrivateKey(Secret.reveal(minted.keyPem))
    expect(certificate.checkPrivateKey(key)).toBe(true)
    expect(key.asymmetricKeyType).toBe('ec')
  })

  test('never outlives the CA', async () => {
    const minted = await signClientCertificate({ ...wants, hours: 24 * 365 * 100 })
    expect(minted.expiresAtMs).toBe(Date.parse(new X509Certificate(authorityPem).validTo))
  })

  test('has a serial number of its own', async () => {
    const [a, b] = await Promise.all([signClientCertificate(wants), signClientCertificate(wants)])
    const serials = [a, b].map(({ certificatePem }) => new X509Certificate(certificatePem).serialNumber)
    expect(new Set(serials).size).toBe(2)
    expect(serials.filter((serial) => !/^[4-7][0-9A-F]{31}$/.test(serial))).toEqual([])
  })
})

describe.runIf(hasOpenssl())('openssl', () => {
  const folder = mkdtempSync(join(tmpdir(), 'devk8s-certificates-'))
  const openssl = (...args: readonly string[]) =>
    execFileSync('openssl', args, { cwd: folder, encoding: 'utf8', stdio: 'pipe' })

  test('verifies a certificate of a P-256 CA', async () => {
    const { certificatePem } = await signClientCertificate({ ...wants, nowMs: Date.now() })
    writeFileSync(join(folder, 'ca.pem'), authorityPem)
    writeFileSync(join(folder, 'client.pem'), certificatePem)
    expect(
      openssl('verify', '-x509_strict', '-purpose', 'sslclient', '-CAfile', 'ca.pem', 'client.pem'),
    ).toContain('OK')
  })

  test('verifies a certificate of an RSA CA whose key is PKCS #1, as kOps has it', async () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const keyPem = String(privateKey.export({ type: 'pkcs1', format: 'pem' }))
    writeFileSync(join(folder, 'rsa.key'), keyPem, { mode: 0o600 })
    openssl(
      'req',
      '-x509',
      '-new',
      '-key',
      'rsa.key',
      '-sha256',
      '-days',
      '2',
      '-subj',
      '/CN=kubernetes-ca',
      '-out',
      'rsa.pem',
    )
    const certificatePem = openssl('x509', '-in', 'rsa.pem')
    const rsa = { certificatePem, keyPem: Secret.of(keyPem) }
    const minted = await signClientCertificate({ ...wants, authority: rsa, nowMs: Date.now() })
    writeFileSync(join(folder, 'rsa-client.pem'), minted.certificatePem)
    expect(openssl('verify', '-purpose', 'sslclient', '-CAfile', 'rsa.pem', 'rsa-client.pem')).toContain('OK')
  })
})
