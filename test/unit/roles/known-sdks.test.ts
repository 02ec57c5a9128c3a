import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { knownSdk, oldSdkExpressions } from '../../../src/roles/known-sdks.ts'

const isOld = (image: string): boolean =>
  oldSdkExpressions().some((expression) => new RegExp(expression).test(image))

describe('images whose SDK is known', () => {
  test.each([
    ['amazon/aws-cli:2.14.6', '2.14.6', false],
    ['amazon/aws-cli:2.15.0', '2.15.0', true],
    ['docker.io/amazon/aws-cli:2.9.19', '2.9.19', false],
    ['public.ecr.aws/aws-cli/aws-cli:2.30.1', '2.30.1', true],
    ['public.ecr.aws/aws-cli/aws-cli:2.0.6@sha256:00', '2.0.6', false],
    ['amazon/aws-cli:1.29.85', '1.29.85', false],
    ['amazon/aws-cli:1.30.0', '1.30.0', true],
    ['amazon/aws-cli:3.0.0', '3.0.0', true],
    ['registry.k8s.io/external-dns/external-dns:v0.14.0', '0.14.0', false],
    ['registry.k8s.io/external-dns/external-dns:v0.14.1', '0.14.1', true],
    ['quay.io/jetstack/cert-manager-controller:v1.13.6', '1.13.6', false],
    ['quay.io/jetstack/cert-manager-controller:v1.14.0', '1.14.0', true],
  ])('%s is %s', (image, version, takesEks) => {
    expect(knownSdk(image)).toMatchObject({ version, takesEks })
    expect(isOld(image)).toBe(!takesEks)
  })

  test.each([
    'nginx',
    'amazon/aws-cli',
    'amazon/aws-cli:latest',
    'amazon/aws-cli:2.9',
    'amazon/aws-cli@sha256:00',
    'registry.example/amazon/aws-cli:2.9.0',
    'amazon/aws-cli-plus:2.9.0',
    'publicXecr.aws/aws-cli/aws-cli:2.9.0',
    'amazon/aws-cli:2.9.0x',
    '',
  ])('nothing is known of %s, which is taken for new', (image) => {
    expect(knownSdk(image)).toBeUndefined()
    expect(isOld(image)).toBe(false)
  })

  test('the expressions, which the policy has, say what the table says, whatever the version', () => {
    const part = fc.oneof(fc.nat(40), fc.nat(2_000))
    fc.assert(
      fc.property(fc.nat(4), part, part, (major, minor, patch) => {
        const image = `amazon/aws-cli:${major}.${minor}.${patch}`
        const known = knownSdk(image)
        expect(isOld(image)).toBe(known?.takesEks === false)
      }),
    )
  })

  test('the expressions are of the part that Go’s RE2 and JavaScript read alike', () => {
    for (const expression of oldSdkExpressions()) expect(expression).not.toMatch(/\(\?|\\[^d]|\{/)
  })
})
