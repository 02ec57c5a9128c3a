import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isDenied, orderedRules, ruleFor } from '../../../src/pods/roles.ts'

const rules = {
  admin: 'deny',
  'team-*': 'deny',
  'team-readers': 'developer',
  'arn:aws:iam::111122223333:role/ops/root': 'deny',
  'arn:aws:iam::444455556666:role/*': 'deny',
  'a.b+c': 'assume',
}

describe('what the profile says of a role', () => {
  test.each([
    ['admin', 'admin'],
    ['arn:aws:iam::999988887777:role/admin', 'admin'],
    ['arn:aws:iam::999988887777:role/path/to/admin', 'admin'],
    ['administrator', undefined],
    ['sysadmin', undefined],
    ['team-writers', 'team-*'],
    ['team-readers', 'team-readers'],
    ['arn:aws-cn:iam::999988887777:role/team-readers', 'team-readers'],
    ['ops/root', 'arn:aws:iam::111122223333:role/ops/root'],
    ['arn:aws:iam::111122223333:role/ops/root', 'arn:aws:iam::111122223333:role/ops/root'],
    ['arn:aws:iam::999988887777:role/ops/root', undefined],
    ['arn:aws:iam::444455556666:role/anything', 'arn:aws:iam::444455556666:role/*'],
    ['a.b+c', 'a.b+c'],
    ['axb+c', undefined],
    ['arn:aws:iam::444455556666:role/team-readers', 'team-readers'],
  ])('%s by %s', (role, pattern) => {
    expect(ruleFor(role, rules)?.pattern).toBe(pattern)
  })

  test('a role of another account is not meant by an ARN', () => {
    expect(isDenied('arn:aws:iam::999988887777:role/ops/root', rules)).toBe(false)
    expect(isDenied('arn:aws:iam::111122223333:role/ops/root', rules)).toBe(true)
  })

  test('the more of a pattern is written out, the earlier it is tried', () => {
    const patterns = orderedRules({ '*': 'deny', 'a*': 'deny', ab: 'developer' }).map(
      ({ pattern }) => pattern,
    )
    expect(patterns).toEqual(['ab', 'a*', '*'])
    expect(isDenied('ab', { '*': 'deny', ab: 'developer' })).toBe(false)
    expect(isDenied('abc', { '*': 'deny', ab: 'developer' })).toBe(true)
  })

  test('any name means itself and nothing longer', () => {
    const name = fc.stringMatching(/^[\w+=,.@-]{1,20}$/)
    fc.assert(
      fc.property(name, name, (role, more) => {
        expect(isDenied(role, { [role]: 'deny' })).toBe(true)
        expect(isDenied(role + more, { [role]: 'deny' })).toBe(false)
        expect(isDenied(`arn:aws:iam::111122223333:role/${role}`, { [role]: 'deny' })).toBe(true)
        expect(isDenied(`/${role}`, { [`arn:aws:iam::111122223333:role/${role}`]: 'deny' })).toBe(true)
      }),
    )
  })
})
