import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { imageNotEcr } from '../../../src/problems/registry-check.ts'
import { referenceProblem } from '../../../src/registry/advice.ts'
import { askedFor, parseImage, registryOf, repositoryArn } from '../../../src/registry/reference.ts'

const host = '123456789012.dkr.ecr.eu-west-1.amazonaws.com'
const digest = `sha256:${'ab'.repeat(32)}`

describe('an image of ECR', () => {
  test.each([
    [`${host}/shop:1.4`, { region: 'eu-west-1', partition: 'aws', repository: 'shop', tag: '1.4' }, '1.4'],
    [`${host}/shop`, { repository: 'shop' }, 'latest'],
    [`${host}/team/shop/api__x.y-z:v1_2`, { repository: 'team/shop/api__x.y-z', tag: 'v1_2' }, 'v1_2'],
    [`${host}/shop@${digest}`, { repository: 'shop', digest }, digest],
    [`${host}/shop:1.4@${digest}`, { repository: 'shop', tag: '1.4', digest }, digest],
    [
      '123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn/shop:1',
      { region: 'cn-north-1', partition: 'aws-cn' },
      '1',
    ],
    ['123456789012.dkr.ecr-fips.us-east-1.amazonaws.com/shop:1', { region: 'us-east-1' }, '1'],
    [
      '123456789012.dkr.ecr.us-gov-west-1.amazonaws.com/shop:1',
      { region: 'us-gov-west-1', partition: 'aws-us-gov' },
      '1',
    ],
    ['123456789012.dkr-ecr.eu-west-1.on.aws/shop:1', { region: 'eu-west-1', partition: 'aws' }, '1'],
    ['123456789012.dkr-ecr-fips.us-east-1.on.aws/shop:1', { region: 'us-east-1' }, '1'],
    ['123456789012.dkr-ecr.cn-north-1.on.amazonwebservices.com.cn/shop:1', { partition: 'aws-cn' }, '1'],
    ['123456789012.dkr.ecr.us-iso-east-1.c2s.ic.gov/shop:1', { partition: 'aws-iso' }, '1'],
  ])('%s', (text, parts, asked) => {
    const image = parseImage(text)
    expect(image).toMatchObject({ text, account: '123456789012', ...parts })
    expect('reason' in image ? image.reason : askedFor(image)).toBe(asked)
  })

  test.each([
    ['shop:1.4', 'it names no registry, which is ACCOUNT.dkr.ecr.REGION.amazonaws.com/', undefined],
    [`https://${host}/shop:1`, 'an image has no scheme and no spaces', `${host}/shop:1`],
    [` ${host}/shop:1`, 'an image has no scheme and no spaces', `${host}/shop:1`],
    ['ghcr.io/acme/shop:1', 'ghcr.io is not the address of a private ECR registry', undefined],
    ['public.ecr.aws/nginx/nginx:1', 'images of public.ecr.aws are for everybody to pull', undefined],
    [
      '12345678901.dkr.ecr.eu-west-1.amazonaws.com/shop:1',
      'the account 12345678901 has 11 digits, not 12',
      undefined,
    ],
    [
      '123456789012.dkr.ecr.cn-north-1.amazonaws.com/shop:1',
      'registries in cn-north-1 end in amazonaws.com.cn',
      '123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn/shop:1',
    ],
    [
      '123456789012.dkr.ecr.eu-west-1.amazonaws.com.cn/shop:1',
      'registries in eu-west-1 end in amazonaws.com',
      `${host}/shop:1`,
    ],
    [
      '123456789012.dkr-ecr.eu-west-1.amazonaws.com/shop:1',
      'registries in eu-west-1 end in on.aws',
      '123456789012.dkr-ecr.eu-west-1.on.aws/shop:1',
    ],
    [`${host}/`, 'it names no repository', undefined],
    [`${host}/Shop:1`, 'the repository “Shop” has capital letters, which ECR does not take', undefined],
    [`${host}/shop//api:1`, '“shop//api” cannot be a repository', undefined],
    [`${host}/shop:-1`, '“-1” cannot be a tag', undefined],
    [`${host}/shop@sha256:12`, '“sha256:12” is no digest, which is sha256: and 64 digits', undefined],
  ])('but not %s', (text, reason, meant) => {
    expect(parseImage(text)).toEqual(meant === undefined ? { reason } : { reason, meant })
  })

  test('is taken apart into what it was put together from', () => {
    const part = fc.stringMatching(/^[a-z0-9]{1,8}(-[a-z0-9]{1,4})?$/)
    const parts = fc.record({
      account: fc.stringMatching(/^\d{12}$/),
      region: fc.constantFrom('eu-west-1', 'us-east-1', 'ap-southeast-2'),
      repository: fc.array(part, { minLength: 1, maxLength: 4 }).map((all) => all.join('/')),
      tag: fc.stringMatching(/^[A-Za-z0-9_][\w.-]{0,20}$/),
    })
    fc.assert(
      fc.property(parts, ({ account, region, repository, tag }) => {
        const text = `${account}.dkr.ecr.${region}.amazonaws.com/${repository}:${tag}`
        expect(parseImage(text)).toMatchObject({ account, region, repository, tag })
      }),
    )
  })

  test('never throws, whatever the text', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(parseImage(text)).toHaveProperty('reason')
      }),
    )
  })

  test('has an ARN in its own partition', () => {
    const image = parseImage('123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn/team/shop:1')
    if ('reason' in image) throw new Error(image.reason)
    expect(repositoryArn(image)).toBe('arn:aws-cn:ecr:cn-north-1:123456789012:repository/team/shop')
  })
})

test('what is none is told with the command that was meant', () => {
  const text = '123456789012.dkr.ecr.cn-north-1.amazonaws.com/shop:1'
  const image = parseImage(text)
  if (!('reason' in image)) throw new Error('it is one')
  expect(referenceProblem(text, image)).toMatchObject({
    code: imageNotEcr.code,
    detail: `${text}: registries in cn-north-1 end in amazonaws.com.cn.`,
    next: ['devk8s verify --image 123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn/shop:1'],
  })
})

test.each([
  [host, { account: '123456789012', region: 'eu-west-1' }],
  ['index.docker.io', undefined],
  ['public.ecr.aws', undefined],
])('the registry %s', (text, expected) => {
  expect(registryOf(text)).toEqual(expected)
})
