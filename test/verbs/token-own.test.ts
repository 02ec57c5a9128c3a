import { generateKeyPairSync } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import {
  credentialFileUnusable,
  pluginFails,
  pluginMissing,
  pluginTalksNonsense,
  tokenVariableUnusable,
} from '../../src/problems/credentials.ts'
import {
  canary,
  credentialOn,
  minuteMs,
  newTokenLab,
  secondsLeft,
  type TokenLab,
  unlocked,
} from './token-lab.ts'

describe('tokens and certificates of a person’s own', () => {
  test('a token file is read each time, without its line break', async () => {
    const lab = await newTokenLab()
    const path = join(dirname(lab.home), 'token')
    await writeFile(path, 'abc.def\n')
    const credential = credentialOn(await lab.run(`token --token-file ${path}`))
    expect(credential.status.token).toBe('abc.def')
    expect(secondsLeft(credential, lab.now())).toBe(60)
    expect(credentialOn(await lab.run('token --token-file token')).status.token).toBe('abc.def')
  })

  test.for([
    ['nothing', ''],
    ['two words', 'a b'],
    ['a header too many', 'a\nX-Evil: 1'],
  ] as const)('%s in a token file is no token', async ([, text]) => {
    const lab = await newTokenLab()
    const path = join(dirname(lab.home), 'token')
    await writeFile(path, text)
    const { exit, problems, stdout } = await lab.run(`token --token-file ${path}`)
    expect([exit, problems[0]?.code, stdout]).toEqual([4, credentialFileUnusable.code, ''])
  })

  test('a token variable; one that is not set is named', async () => {
    const lab = await newTokenLab()
    const ran = await lab.run('token --token-env ACME_TOKEN', { env: { ACME_TOKEN: canary } })
    expect(credentialOn(ran).status).toEqual({ token: canary })
    for (const env of [{}, { ACME_TOKEN: 'a b' }] as Record<string, string>[]) {
      const { problems } = await lab.run('token --token-env ACME_TOKEN', { env })
      expect([problems[0]?.code, problems[0]?.exit]).toEqual([tokenVariableUnusable.code, 4])
    }
  })

  test('under protection a token of any kind ends with the unlock', async () => {
    const lab = await newTokenLab()
    await unlocked(lab, 2 * minuteMs)
    const ran = await lab.run('token --token-env T --protect prod', { env: { T: 'x' } })
    expect(secondsLeft(credentialOn(ran), lab.now())).toBe(120)
  })

  test('a client certificate with its key', async () => {
    const lab = await newTokenLab()
    const { certificate, key } = await pems(lab)
    const { status } = credentialOn(
      await lab.run(`token --client-certificate ${certificate} --client-key ${key}`),
    )
    expect(status.clientCertificateData).toContain('BEGIN CERTIFICATE')
    expect(status.clientKeyData).toContain('PRIVATE KEY')
    expect(status.expirationTimestamp).toBeUndefined()
  })

  test('a file that is missing, no PEM, or locked by a passphrase is named', async () => {
    const lab = await newTokenLab()
    const { certificate, key, encrypted } = await pems(lab)
    for (const [cert, its, part] of [
      ['/nowhere/cert', key, 'There is no /nowhere/cert'],
      [key, key, 'a certificate'],
      [certificate, certificate, 'a private key'],
      [certificate, encrypted, 'passphrase'],
    ] as const) {
      const { problems } = await lab.run(`token --client-certificate ${cert} --client-key ${its}`)
      expect(problems[0]?.code).toBe(credentialFileUnusable.code)
      expect(problems[0]?.detail).toContain(part)
    }
  })
})

async function pems(lab: TokenLab) {
  const at = (name: string) => join(dirname(lab.home), name)
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const cipher = { cipher: 'aes-256-cbc', passphrase: 'x' } as const
  await writeFile(at('c.pem'), '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n')
  await writeFile(at('k.pem'), privateKey.export({ type: 'pkcs8', format: 'pem' }))
  await writeFile(at('e.pem'), privateKey.export({ type: 'pkcs8', format: 'pem', ...cipher }))
  return { certificate: at('c.pem'), key: at('k.pem'), encrypted: at('e.pem') }
}

describe('another plugin', () => {
  const version = 'client.authentication.k8s.io/v1'
  const info = JSON.stringify({
    apiVersion: version,
    kind: 'ExecCredential',
    spec: { interactive: true, cluster: { server: 's' } },
  })
  const asking = (script: string, protect = true) => [
    'token',
    ...(protect ? ['--protect', 'prod'] : []),
    '--',
    process.execPath,
    '-e',
    script,
  ]

  test('runs with the same question and the whole environment, and its answer is passed on with our end', async () => {
    const lab = await newTokenLab()
    await unlocked(lab, 3 * minuteMs)
    const script = `
      const info = JSON.parse(process.env.KUBERNETES_EXEC_INFO)
      console.error('open https://login.example')
      console.log(JSON.stringify({ kind: 'ExecCredential', apiVersion: info.apiVersion,
        status: { token: [process.env.MINE, info.spec.interactive, info.spec.cluster.server].join('.'), expirationTimestamp: '2030-01-01T00:00:00Z' } }))`
    const ran = await lab.run(asking(script), { env: { KUBERNETES_EXEC_INFO: info, MINE: 'mine' } })
    const credential = credentialOn(ran)
    expect(credential.apiVersion).toBe(version)
    // Its stdin is not the terminal, so it is told that nobody can be asked.
    expect(credential.status.token).toBe('mine.false.s')
    expect(secondsLeft(credential, lab.now())).toBe(180)
    expect(ran.stderr).toBe('open https://login.example\n')
  })

  test('certificates are passed on too, with a token beside them', async () => {
    const lab = await newTokenLab()
    const status = { clientCertificateData: 'C', clientKeyData: 'K', token: 'T' }
    const answer = JSON.stringify({ kind: 'ExecCredential', apiVersion: version, status })
    const env = { KUBERNETES_EXEC_INFO: info }
    const ran = await lab.run(asking(`console.log(${JSON.stringify(answer)})`, false), { env })
    expect(credentialOn(ran).status).toEqual(status)
    const only = JSON.stringify({
      kind: 'ExecCredential',
      apiVersion: version,
      status: { clientCertificateData: 'C', clientKeyData: 'K', expirationTimestamp: '2030-01-01T00:00:00Z' },
    })
    const second = await lab.run(asking(`console.log(${JSON.stringify(only)})`, false), { env })
    expect(credentialOn(second).status).toEqual({
      clientCertificateData: 'C',
      clientKeyData: 'K',
      expirationTimestamp: '2030-01-01T00:00:00Z',
    })
  })

  test.for([
    ['process.exit(3)', pluginFails, 1, 'ended with 3'],
    ['process.kill(process.pid, "SIGKILL")', pluginFails, 1, 'SIGKILL'],
    ['console.log("hello")', pluginTalksNonsense, 1, 'no ExecCredential'],
    [
      'console.log(JSON.stringify({ kind: "ExecCredential", apiVersion: "x" }))',
      pluginTalksNonsense,
      1,
      'apiVersion',
    ],
    [
      `console.log(JSON.stringify({ kind: "ExecCredential", apiVersion: "${version}", status: { token: "" } }))`,
      pluginTalksNonsense,
      1,
      'neither a token nor',
    ],
  ] as const)('%s is a problem of the plugin', async ([script, kind, exit, part]) => {
    const lab = await newTokenLab()
    const ran = await lab.run(asking(script, false), { env: { KUBERNETES_EXEC_INFO: info } })
    expect([ran.exit, ran.problems[0]?.code, ran.stdout]).toEqual([exit, kind.code, ''])
    expect(ran.problems[0]?.detail).toContain(part)
  })

  test('one that is not installed is named', async () => {
    const lab = await newTokenLab()
    const ran = await lab.run('token -- no-such-plugin-anywhere get')
    expect([ran.exit, ran.problems[0]?.code]).toEqual([4, pluginMissing.code])
    expect(ran.problems[0]?.detail).toContain('no-such-plugin-anywhere')
  })
})
