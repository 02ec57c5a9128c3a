import { AsnConvert, OctetString } from '@peculiar/asn1-schema'
import * as asn from '@peculiar/asn1-x509'
import {
  createPrivateKey,
  generateKeyPair,
  type KeyObject,
  randomBytes,
  sign,
  X509Certificate,
} from 'node:crypto'
import { promisify } from 'node:util'
import type { ClientCertificate } from '../ports/aws.ts'
import { Secret } from '../ports/secret.ts'

interface SignedFor {
  readonly authority: { readonly certificatePem: string; readonly keyPem: Secret }
  readonly commonName: string
  readonly organization: string
  readonly hours: number
  readonly nowMs: number
}

/** Clocks of clusters may be this far behind this machine's. */
const backdatedMs = 5 * 60_000
const makeKeys = promisify(generateKeyPair)

/**
 * A new P-256 key and a client certificate for it, signed by a CA whose key is RSA or elliptic, in any form of PEM that
 * OpenSSL reads (kOps writes PKCS #1). It ends with the CA at the latest.
 */
export async function signClientCertificate(wants: SignedFor): Promise<ClientCertificate> {
  const { authority, hours, nowMs } = wants
  const issuer = new X509Certificate(authority.certificatePem)
  const { privateKey, publicKey } = await makeKeys('ec', { namedCurve: 'P-256' })
  // Certificates count in seconds.
  const untilMs = Math.min(nowMs + hours * 3_600_000, Date.parse(issuer.validTo))
  const expiresAtMs = Math.floor(untilMs / 1_000) * 1_000
  const signer = createPrivateKey(Secret.reveal(authority.keyPem))
  const signature = algorithmOf(signer)
  const content = contentOf(wants, issuer, publicKey, { signature, expiresAtMs })
  const signed = sign('sha256', Buffer.from(AsnConvert.serialize(content)), signer)
  const certificate = new asn.Certificate({
    tbsCertificate: content,
    signatureAlgorithm: signature,
    signatureValue: bytesOf(signed),
  })
  return {
    certificatePem: new X509Certificate(Buffer.from(AsnConvert.serialize(certificate))).toString(),
    keyPem: Secret.of(String(privateKey.export({ type: 'pkcs8', format: 'pem' }))),
    expiresAtMs,
  }
}

function contentOf(
  { commonName, organization, nowMs }: SignedFor,
  issuer: X509Certificate,
  publicKey: KeyObject,
  { signature, expiresAtMs }: { readonly signature: asn.AlgorithmIdentifier; readonly expiresAtMs: number },
): asn.TBSCertificate {
  const serial = randomBytes(16)
  // A serial number is positive and has no leading zero (RFC 5280, 4.1.2.2).
  serial[0] = 0x40 | ((serial[0] ?? 0) & 0x3f)
  const { subject, extensions = [] } = AsnConvert.parse(issuer.raw, asn.Certificate).tbsCertificate
  return new asn.TBSCertificate({
    version: asn.Version.v3,
    serialNumber: bytesOf(serial),
    signature,
    issuer: subject,
    validity: new asn.Validity({ notBefore: new Date(nowMs - backdatedMs), notAfter: new Date(expiresAtMs) }),
    subject: new asn.Name([
      new asn.RelativeDistinguishedName([attribute('2.5.4.10', organization)]),
      new asn.RelativeDistinguishedName([attribute('2.5.4.3', commonName)]),
    ]),
    subjectPublicKeyInfo: AsnConvert.parse(
      publicKey.export({ type: 'spki', format: 'der' }),
      asn.SubjectPublicKeyInfo,
    ),
    extensions: new asn.Extensions([
      extension(asn.id_ce_basicConstraints, new asn.BasicConstraints({ cA: false }), true),
      extension(asn.id_ce_keyUsage, new asn.KeyUsage(asn.KeyUsageFlags.digitalSignature), true),
      extension(asn.id_ce_extKeyUsage, new asn.ExtendedKeyUsage([asn.id_kp_clientAuth])),
      ...authorityOf(extensions),
    ]),
  })
}

/** Which of the CA's keys signed, where its certificate has a name for it. */
function authorityOf(extensions: readonly asn.Extension[]): readonly asn.Extension[] {
  const named = extensions.find(({ extnID }) => extnID === asn.id_ce_subjectKeyIdentifier)
  if (named === undefined) return []
  const keyIdentifier = AsnConvert.parse(named.extnValue, asn.SubjectKeyIdentifier)
  return [extension(asn.id_ce_authorityKeyIdentifier, new asn.AuthorityKeyIdentifier({ keyIdentifier }))]
}

function extension(extnID: string, value: object, critical = false): asn.Extension {
  return new asn.Extension({ extnID, critical, extnValue: new OctetString(AsnConvert.serialize(value)) })
}

function attribute(type: string, text: string): asn.AttributeTypeAndValue {
  return new asn.AttributeTypeAndValue({ type, value: new asn.AttributeValue({ utf8String: text }) })
}

/** SHA-256 with the kind of the CA's key (RFC 4055, RFC 5758). */
function algorithmOf(signer: KeyObject): asn.AlgorithmIdentifier {
  return signer.asymmetricKeyType === 'rsa'
    ? new asn.AlgorithmIdentifier({ algorithm: '1.2.840.113549.1.1.11', parameters: null })
    : new asn.AlgorithmIdentifier({ algorithm: '1.2.840.10045.4.3.2' })
}

const bytesOf = (buffer: Buffer): ArrayBuffer => new Uint8Array(buffer).buffer
