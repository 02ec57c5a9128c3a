import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Finding, Step } from '../../src/plan/step.ts'
import type { Aws, Verdict } from '../../src/ports/aws.ts'
import { awsSessionExpired } from '../../src/problems/aws.ts'
import { DevK8sError, problem } from '../../src/problems/problem.ts'
import { runner } from '../../src/steps/registry-push-impossible.ts'
import { noAws } from '../fakes/nothing.ts'
import { lab } from './objects-lab.ts'

const registry = '123456789012.dkr.ecr.eu-west-1.amazonaws.com'
const arnIn = (region: string) => `arn:aws:ecr:${region}:123456789012:repository/*`

interface Machine {
  /** What docker's config file holds; none without it. */
  readonly config?: string
  /** The credential helper on PATH. */
  readonly helper?: string
  readonly verdict?: Verdict | Error
  readonly env?: Readonly<Record<string, string>>
}

async function look({ config, helper, verdict = 'denied', env = {} }: Machine) {
  const { home, context } = await lab()
  const dockerConfig = join(home, 'config.json')
  if (config !== undefined) await writeFile(dockerConfig, config)
  const asked: Parameters<Aws['canPush']>[0][] = []
  const aws: Aws = {
    ...noAws,
    canPush: async (source) => {
      asked.push(source)
      if (verdict instanceof Error) throw verdict
      return verdict
    },
  }
  const step: Step<'registry-push.impossible'> = {
    id: 'registry-push',
    kind: 'registry-push.impossible',
    title: 'No push',
    want: {
      source: { profile: 'acme-dev', roleArn: 'arn:aws:iam::123456789012:role/pull' },
      registries: [{ account: '123456789012', regions: ['eu-west-1', 'us-east-1'] }],
      dockerConfig,
    },
    needs: [],
  }
  const exec = { ...context.ports.exec, find: async () => helper }
  const ports = { ...context.ports, aws, exec }
  return { found: await runner.check(step, { ...context, ports, env }), asked }
}

const texts = ({ notes = [] }: Finding) => notes.map(({ text }) => text)
const levels = ({ notes = [] }: Finding) => notes.map(({ level }) => level)

describe('docker’s ways to ECR', () => {
  test('none, and IAM denies it: nothing to say', async () => {
    const { found } = await look({ config: '{"auths":{"ghcr.io":{"auth":"x"}}}' })
    expect(found).toMatchObject({ state: 'ready', notes: [], detail: { docker: 'no way' } })
  })

  test('no docker config at all', async () => {
    expect(texts((await look({})).found)).toEqual([])
  })

  test.each([
    [{ auths: { [registry]: { auth: 'QVdTOmNhbmFyeQ==' } } }, `docker logout ${registry} ends it`],
    [{ credHelpers: { [registry]: 'ecr-login' } }, 'docker asks docker-credential-ecr-login for it'],
    [{ credsStore: 'ecr-login' }, 'A push to every registry of ECR is possible'],
  ])('%j', async (config, told) => {
    const { found } = await look({
      config: JSON.stringify(config),
      helper: '/usr/bin/docker-credential-ecr-login',
    })
    expect(found.state).toBe('ready')
    expect(levels(found)).toEqual(told.includes('logout') ? ['warning', 'info'] : ['warning'])
    expect(texts(found)[0]).toContain(told)
    expect(JSON.stringify(found)).not.toContain('QVdT')
  })

  test('a helper that lies about is told of, and no more', async () => {
    const { found } = await look({ config: '{}', helper: '/usr/bin/docker-credential-ecr-login' })
    expect(levels(found)).toEqual(['info'])
  })

  test('a login that the environment holds', async () => {
    const held = JSON.stringify({ auths: { [registry]: { auth: 'QVdTOmNhbmFyeQ==' } } })
    const { found } = await look({ env: { DOCKER_AUTH_CONFIG: held } })
    expect(levels(found)).toEqual(['warning'])
    expect(texts(found)[0]).toContain(`(auths["${registry}"] in DOCKER_AUTH_CONFIG)`)
    expect(JSON.stringify(found)).not.toContain('QVdT')
  })

  test('a config that cannot be read', async () => {
    expect(texts((await look({ config: '{' })).found)[0]).toContain('is no JSON')
  })
})

describe('what IAM says', () => {
  test('is asked of the person, not of the role that the cluster pulls with, in each region', async () => {
    const { asked } = await look({})
    expect(asked).toEqual([
      { profile: 'acme-dev', region: 'eu-west-1', repositoryArn: arnIn('eu-west-1') },
      { profile: 'acme-dev', region: 'us-east-1', repositoryArn: arnIn('us-east-1') },
    ])
  })

  test('allowed is a warning that names its limits', async () => {
    const { found } = await look({ verdict: 'allowed' })
    expect(found).toMatchObject({
      state: 'ready',
      detail: { iam: { [arnIn('eu-west-1')]: 'allowed', [arnIn('us-east-1')]: 'allowed' } },
    })
    expect(levels(found)).toEqual(['warning'])
    expect(texts(found)[0]).toContain('devk8s guard policy')
    expect(texts(found)[0]).toContain('simulation does not see all of them')
  })

  test.each<[string, Verdict | Error, string]>([
    ['may not ask', 'unknown', 'it may not ask (iam:SimulatePrincipalPolicy, iam:GetRole)'],
    [
      'is not signed in',
      new DevK8sError(problem(awsSessionExpired, { detail: 'over' })),
      'DK5008, The AWS session is over',
    ],
  ])('is not known to who %s, and never stands in the way', async (_, verdict, told) => {
    const { found } = await look({ verdict })
    expect(found.state).toBe('ready')
    expect(levels(found)).toEqual(['info'])
    expect(texts(found)[0]).toContain(told)
  })

  test('a fault of ours is not taken for an answer', async () => {
    await expect(look({ verdict: new TypeError('ours') })).rejects.toThrow('ours')
  })
})
