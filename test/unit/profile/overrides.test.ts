import { describe, expect, test } from 'vitest'
import { isOfSignIn, renderOverrides, withOverride, withOverrides } from '../../../src/profile/overrides.ts'

const signedIn = withOverride(undefined, 'aws.profile', 'acme-dev')

describe('a sign-in before the first up', () => {
  test.each([
    ['a sign-in alone', signedIn, true],
    ['a sign-in and the machine', withOverride(signedIn, 'cluster.driver', 'docker'), false],
    ['the first run, whose answers were all auto', renderOverrides({}), false],
    ['a person', 'aws: { profile: x }\ncontext: { name: mine }\n', false],
    ['nobody: comments alone', '# nothing yet\n', false],
  ])('is told from what else writes the file: %s', (_, text, expected) => {
    expect(isOfSignIn(text)).toBe(expected)
  })

  test('is not lost with the answers of the first run', () => {
    const text = withOverrides(signedIn, { 'cluster.driver': 'docker', 'cluster.memory': '6g' })
    expect(text).toContain('profile: acme-dev')
    expect(text).toContain('driver: docker')
    expect(text).toContain('memory: 6g')
    expect(withOverrides(undefined, {})).toBe(renderOverrides({}))
  })
})
