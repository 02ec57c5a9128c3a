import { chmod, mkdir, readdir, readFile, stat, utimes, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { Secret } from '../../src/ports/secret.ts'
import { awsRegionMissing } from '../../src/problems/aws.ts'
import {
  canary,
  credentialOn,
  eks,
  full,
  minuteMs,
  newTokenLab,
  role,
  secondsLeft,
  sessionOf,
  signerOf,
  type TokenLab,
} from './token-lab.ts'

const keptFiles = async (lab: TokenLab) => readdir(lab.places.sessions).catch(() => [])

describe('EKS', () => {
  test('one ExecCredential is all there is on stdout', async () => {
    const lab = await newTokenLab()
    const ran = await lab.run(full)
    expect(ran.stdout).toMatch(/^\{"kind":"ExecCredential".*\}\n$/)
    const credential = credentialOn(ran)
    expect(credential.status.token).toMatch(/^k8s-aws-v1\.[\w-]+$/)
    expect(credential.status.expirationTimestamp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
    expect(secondsLeft(credential, lab.now())).toBe(14 * 60)
    expect([ran.exit, ran.stderr, ran.notes]).toEqual([0, '', []])
    expect(signerOf(credential)).toBe('ASIAFULL')
  })

  test.for([
    [undefined, 'client.authentication.k8s.io/v1beta1', 0],
    ['client.authentication.k8s.io/v1', 'client.authentication.k8s.io/v1', 0],
    ['client.authentication.k8s.io/v1beta1', 'client.authentication.k8s.io/v1beta1', 0],
    ['client.authentication.k8s.io/v1alpha1', 'client.authentication.k8s.io/v1beta1', 1],
    [7, 'client.authentication.k8s.io/v1beta1', 1],
  ] as const)('asked for %s it answers %s', async ([asked, answered, warnings]) => {
    const lab = await newTokenLab()
    const env = asked === undefined ? {} : { KUBERNETES_EXEC_INFO: JSON.stringify({ apiVersion: asked }) }
    const ran = await lab.run(eks, { env })
    expect(credentialOn(ran).apiVersion).toBe(answered)
    expect(ran.notes).toHaveLength(warnings)
  })

  test('an unreadable question is answered in v1beta1, with a word on stderr', async () => {
    const lab = await newTokenLab()
    const ran = await lab.run(eks, { env: { KUBERNETES_EXEC_INFO: '{' } })
    expect(credentialOn(ran).apiVersion).toBe('client.authentication.k8s.io/v1beta1')
    expect(ran.notes.join()).toContain('KUBERNETES_EXEC_INFO cannot be read')
  })

  test('the session is kept for the next run, private, and asked for again near its end', async () => {
    const lab = await newTokenLab()
    await lab.run(full)
    await lab.run(full)
    expect(lab.asked).toEqual([
      { region: 'eu-west-1', profile: 'acme', roleArn: role('full'), sessionSeconds: 3600 },
    ])
    const [name = ''] = await keptFiles(lab)
    expect((await stat(join(lab.places.sessions, name))).mode & 0o777).toBe(0o600)
    expect((await stat(lab.places.sessions)).mode & 0o777).toBe(0o700)
    await lab.advance(59 * minuteMs - 1)
    // The token itself never lives longer than the session.
    expect(secondsLeft(credentialOn(await lab.run(full)), lab.now())).toBe(61)
    await lab.advance(1)
    await lab.run(full)
    expect(lab.asked).toHaveLength(2)
  })

  test('another profile, role, region or config file is another session', async () => {
    const lab = await newTokenLab()
    await lab.run(full)
    for (const [line, env] of [
      [`${eks} --role-arn ${role('other')}`, {}],
      [full.replace('--aws-profile acme', '--aws-profile beta'), {}],
      [full.replace('eu-west-1', 'eu-west-2'), {}],
      [full, { AWS_CONFIG_FILE: '/elsewhere' }],
    ] as const) {
      const before = lab.asked.length
      await lab.run(line, { env })
      expect(lab.asked).toHaveLength(before + 1)
    }
    expect(await keptFiles(lab)).toHaveLength(5)
  })

  test('a session is not used any more once ~/.aws/config has changed', async () => {
    const lab = await newTokenLab()
    const config = join(lab.home, '.aws', 'config')
    await mkdir(dirname(config), { recursive: true })
    await writeFile(config, '')
    await lab.run(full)
    await utimes(config, 1, 1)
    await lab.run(full)
    expect(lab.asked).toHaveLength(2)
  })

  test.for([
    ['garbage', '{"version":1,'],
    ['another schema', '{"version":2,"accessKeyId":"A"}'],
    ['no object', '7'],
    ['holes', '{"version":1,"accessKeyId":"A","expiresAtMs":99999999999999}'],
    ['nothing', ''],
  ] as const)('%s in the file is ignored and written anew', async ([, text]) => {
    const lab = await newTokenLab()
    await lab.run(full)
    const [name = ''] = await keptFiles(lab)
    await writeFile(join(lab.places.sessions, name), text)
    expect(signerOf(credentialOn(await lab.run(full)))).toBe('ASIAFULL')
    expect(lab.asked).toHaveLength(2)
    expect(await readFile(join(lab.places.sessions, name), 'utf8')).toContain('ASIAFULL')
  })

  test('a file that others can read is not used, and is private again afterwards', async () => {
    const lab = await newTokenLab()
    await lab.run(full)
    const [name = ''] = await keptFiles(lab)
    const path = join(lab.places.sessions, name)
    await chmod(path, 0o640)
    await chmod(lab.places.sessions, 0o755)
    await lab.run(full)
    expect(lab.asked).toHaveLength(2)
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    expect((await stat(lab.places.sessions)).mode & 0o777).toBe(0o700)
  })

  test('keys that do not end are never written', async () => {
    const forever = { accessKeyId: 'AKIAFOREVER', secretAccessKey: Secret.of(canary) }
    const lab = await newTokenLab({ credentials: async () => forever })
    expect(signerOf(credentialOn(await lab.run(eks)))).toBe('AKIAFOREVER')
    expect(await keptFiles(lab)).toEqual([])
  })

  test('keys of the environment are used as they are, unless a profile is named', async () => {
    const lab = await newTokenLab()
    const env = { AWS_ACCESS_KEY_ID: 'AKIAENV', AWS_SECRET_ACCESS_KEY: canary, AWS_REGION: 'eu-west-1' }
    expect(signerOf(credentialOn(await lab.run('token --cluster acme-dev', { env })))).toBe('AKIAENV')
    expect(lab.asked).toEqual([])
    expect(await keptFiles(lab)).toEqual([])
    expect(signerOf(credentialOn(await lab.run(eks, { env })))).toBe('ASIAACME')
    await lab.run('token --cluster acme-dev', { env: { ...env, AWS_PROFILE: 'beta' } })
    expect(lab.asked.map(({ profile }) => profile)).toEqual(['acme', undefined])
    // What is over is left to AWS to refuse.
    await lab.run('token --cluster acme-dev', {
      env: { ...env, AWS_CREDENTIAL_EXPIRATION: '2020-01-01T00:00:00Z' },
    })
    expect(lab.asked).toHaveLength(3)
    // A role is assumed with them.
    await lab.run(`token --cluster acme-dev --role-arn ${role('full')}`, { env })
    await lab.run(`token --cluster acme-dev --role-arn ${role('full')}`, {
      env: { ...env, AWS_ACCESS_KEY_ID: 'AKIATWO' },
    })
    expect(lab.asked).toHaveLength(5)
  })

  test('a token lives no longer than session keys in the environment', async () => {
    const lab = await newTokenLab()
    const env = {
      AWS_ACCESS_KEY_ID: 'ASIAENV',
      AWS_SECRET_ACCESS_KEY: canary,
      AWS_SESSION_TOKEN: 't',
      AWS_DEFAULT_REGION: 'eu-west-1',
      AWS_CREDENTIAL_EXPIRATION: new Date(lab.now() + 5 * minuteMs).toISOString(),
    }
    const credential = credentialOn(await lab.run('token --cluster-id 7c0e', { env }))
    expect(secondsLeft(credential, lab.now())).toBe(300)
  })

  test('two runs at once leave one whole session', async () => {
    const lab = await newTokenLab()
    const both = await Promise.all([lab.run(full), lab.run(full)])
    expect(both.map((ran) => signerOf(credentialOn(ran)))).toEqual(['ASIAFULL', 'ASIAFULL'])
    await lab.run(full)
    expect(lab.asked).toHaveLength(2)
    expect(await keptFiles(lab)).toHaveLength(1)
  })

  test('what cannot be kept is handed out all the same', async () => {
    const lab = await newTokenLab()
    await mkdir(dirname(lab.places.sessions), { recursive: true })
    await writeFile(lab.places.sessions, 'a file where the folder should be')
    const ran = await lab.run(full)
    expect(signerOf(credentialOn(ran))).toBe('ASIAFULL')
    expect(ran.notes.join()).toContain('cannot be kept')
  })

  test('files that are older than any session go with the next write', async () => {
    const lab = await newTokenLab()
    await mkdir(lab.places.sessions, { recursive: true })
    await writeFile(join(lab.places.sessions, 'old.json'), '{}')
    await utimes(join(lab.places.sessions, 'old.json'), 1, 1)
    await lab.run(full)
    expect(await keptFiles(lab)).not.toContain('old.json')
  })
})

describe('what is asked for', () => {
  test.for([
    ['token', 'DK2907', '--cluster'],
    ['token --cluster a --kops b --region eu-west-1', 'DK2905', '--cluster and --kops'],
    ['token --token-file /t -- plugin', 'DK2905', '--token-file and -- PLUGIN'],
    ['token --client-key /k', 'DK2909', '--client-certificate'],
    ['token --client-certificate /c', 'DK2909', '--client-key'],
    ['token --kops k', 'DK2909', '--state-store'],
    ['token --cluster a --region evil.example/x', 'DK2903', 'no AWS region'],
    ['token --cluster ä --region eu-west-1', 'DK2903', 'no name of an EKS cluster'],
  ] as const)('%s ends with %s', async ([line, code, part]) => {
    const lab = await newTokenLab()
    const ran = await lab.run(line)
    expect([ran.exit, ran.problems[0]?.code, ran.stdout]).toEqual([2, code, ''])
    expect(ran.problems[0]?.detail).toContain(part)
  })

  test('a region that nobody named is asked for by its flag', async () => {
    const lab = await newTokenLab()
    const ran = await lab.run('token --cluster acme-dev')
    expect([ran.exit, ran.problems[0]?.code]).toEqual([4, awsRegionMissing.code])
    expect(ran.problems[0]?.detail).toContain('--region')
  })
})

test('no secret is in any problem or note, nor in what the session would print', async () => {
  const failing = await newTokenLab({
    credentials: async (source) => sessionOf(source, 0),
    readText: () => Promise.reject(new Error('unused')),
  })
  const path = join(dirname(failing.home), 'token')
  await writeFile(path, `${canary} ${canary}`)
  const all = [
    await failing.run(`token --token-file ${path}`),
    await failing.run('token --token-env T', { env: { T: `${canary} x` } }),
    await failing.run(['token', '--', process.execPath, '-e', `console.log(${JSON.stringify(canary)})`]),
    await failing.run(full, { env: { KUBERNETES_EXEC_INFO: canary } }),
  ]
  expect(all.flatMap(({ problems }) => problems)).toHaveLength(3)
  expect(
    JSON.stringify(
      all.map(({ problems, notes }) => [
        problems.map(({ detail, next, evidence }) => [detail, next, evidence]),
        notes,
      ]),
    ),
  ).not.toContain(canary)
})
