import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Aws } from '../../src/ports/aws.ts'
import { Secret } from '../../src/ports/secret.ts'
import { stateStoreObject } from '../../src/simulator/aws/state-store.ts'
import { kopsKeyMissing } from '../../src/problems/aws.ts'
import { credentialOn, newTokenLab, secondsLeft, type TokenLab, unlocked } from './token-lab.ts'

const line = 'token --kops prod.acme.example --state-store s3://acme-kops-state --aws-profile acme'
const minuteMs = 60_000

interface Signed {
  readonly commonName: string
  readonly organization: string
  readonly hours: number
}

/** A lab whose state store has a CA that signs. */
async function kopsLab(
  caLeftMs = Number.POSITIVE_INFINITY,
): Promise<{ readonly lab: TokenLab & { readonly start: number }; readonly signed: readonly Signed[] }> {
  const signed: Signed[] = []
  const aws: Partial<Aws> = {
    readText: async ({ key }) => stateStoreObject(key),
    readKeyset: async () => ({
      primaryId: '1',
      keys: [{ id: '1', certificatePem: 'CA', keyPem: Secret.of('CA key'), isDistrusted: false }],
    }),
    signClientCertificate: async ({ commonName, organization, hours }) => {
      signed.push({ commonName, organization, hours })
      const expiresAtMs = Math.min(lab.now() + hours * 60 * minuteMs, start + caLeftMs)
      return {
        certificatePem: `cert ${signed.length}`,
        keyPem: Secret.of(`key ${signed.length}`),
        expiresAtMs,
      }
    },
  }
  const lab = await newTokenLab(aws)
  const start = lab.now()
  return { lab: { ...lab, start }, signed }
}

test('a certificate for an hour, kept until five minutes before its end', async () => {
  const { lab, signed } = await kopsLab()
  const first = credentialOn(await lab.run(line, { env: { USER: 'anna' } }))
  expect(first.status).toMatchObject({ clientCertificateData: 'cert 1', clientKeyData: 'key 1' })
  expect(secondsLeft(first, lab.now())).toBe(55 * 60)
  expect(signed).toEqual([{ commonName: 'devk8s-anna', organization: 'system:masters', hours: 1 }])
  await lab.advance(54 * minuteMs)
  expect(credentialOn(await lab.run(line)).status.clientKeyData).toBe('key 1')
  await lab.advance(minuteMs)
  expect(credentialOn(await lab.run(line)).status.clientKeyData).toBe('key 2')
})

test('another store, cluster or role is another certificate', async () => {
  const { lab, signed } = await kopsLab()
  for (const other of [
    line,
    `${line}-2`,
    line.replace('prod.', 'dev.'),
    `${line} --role-arn arn:aws:iam::111122223333:role/x`,
  ]) {
    await lab.run(other)
  }
  expect(signed.length + (await readdir(lab.places.sessions)).length).toBe(8)
})

test('under protection the certificate itself ends with the unlock, and lock removes it', async () => {
  const { lab, signed } = await kopsLab()
  await mkdir(lab.places.unlocks, { recursive: true })
  const record = { context: 'prod', at: lab.now(), until: lab.now() + 15 * minuteMs, reason: 'x' }
  await writeFile(join(lab.places.unlocks, 'prod.json'), JSON.stringify(record))
  const credential = credentialOn(await lab.run(`${line} --protect prod`))
  expect(signed[0]?.hours).toBe(0.25)
  expect(secondsLeft(credential, lab.now())).toBe(15 * 60)
  expect(await readdir(lab.places.sessions)).toHaveLength(1)
  await lab.run('lock prod')
  expect(await readdir(lab.places.sessions)).toEqual([])
  expect((await lab.run(`${line} --protect prod`)).exit).toBe(4)
})

test.for([1, 4, 5, 8])('one for an unlock of %i minutes serves all of it', async (minutes) => {
  const { lab, signed } = await kopsLab()
  await unlocked(lab, minutes * minuteMs)
  for (let call = 1; call < 5; call += 1) {
    const credential = credentialOn(await lab.run(`${line} --protect prod`))
    expect(credential.status.clientCertificateData).toBe('cert 1')
    expect(lab.now() + secondsLeft(credential, lab.now()) * 1000).toBe(lab.start + minutes * minuteMs)
    await lab.advance((minutes * minuteMs) / 5)
  }
  expect(signed).toHaveLength(1)
})

test('one that ends with its CA is used to that end; a CA that has ended signs none', async () => {
  const { lab, signed } = await kopsLab(40 * minuteMs)
  const first = credentialOn(await lab.run(line))
  expect(secondsLeft(first, lab.now())).toBe(40 * 60)
  await lab.advance(39 * minuteMs)
  expect(credentialOn(await lab.run(line)).status.clientCertificateData).toBe('cert 1')
  await lab.advance(minuteMs)
  const ended = await lab.run(line)
  expect([ended.exit, ended.stdout, ended.problems[0]?.code]).toEqual([4, '', kopsKeyMissing.code])
  expect(ended.problems[0]?.detail).toMatch(/^The CA of prod\.acme\.example ended on \d{4}-\d\d-\d\d/)
  expect(signed).toHaveLength(2)
})

test('a kept file of an old schema is signed anew', async () => {
  const { lab, signed } = await kopsLab()
  await lab.run(line)
  const [name = ''] = await readdir(lab.places.sessions)
  for (const text of [
    '{"version":1,"certificatePem":1}',
    '{"version":1,"certificatePem":"a","keyPem":"b"}',
    'x',
  ]) {
    await writeFile(join(lab.places.sessions, name), text)
    expect(credentialOn(await lab.run(line)).status.clientCertificateData).toMatch(/^cert /)
  }
  expect(signed).toHaveLength(4)
})
