import { expect, test } from 'vitest'
import {
  forwardedExecInfo,
  parseExecInfo,
  renderExecCredential,
  timestamp,
} from '../../../src/contexts/exec-credential.ts'
import { Secret } from '../../../src/ports/secret.ts'

const v1 = 'client.authentication.k8s.io/v1'
const beta = 'client.authentication.k8s.io/v1beta1'

test.for([
  [undefined, beta, false],
  ['', beta, false],
  [`{"apiVersion":"${v1}"}`, v1, false],
  [`{"apiVersion":"${beta}"}`, beta, false],
  ['{"apiVersion":"client.authentication.k8s.io/v1alpha1"}', beta, true],
  ['{"apiVersion":7}', beta, true],
  ['{}', beta, true],
  ['null', beta, true],
  ['nonsense', beta, true],
] as const)('%s is answered in %s', ([text, apiVersion, warns]) => {
  const info = parseExecInfo(text)
  expect([info.apiVersion, info.warning !== undefined]).toEqual([apiVersion, warns])
})

test('a long apiVersion does not fill the screen', () => {
  expect(parseExecInfo(JSON.stringify({ apiVersion: 'x'.repeat(5000) })).warning?.length).toBeLessThan(200)
})

test('another plugin is told that nobody can be asked, and everything else as it was', () => {
  const asked = {
    apiVersion: v1,
    kind: 'ExecCredential',
    spec: { interactive: true, cluster: { server: 's' } },
  }
  expect(JSON.parse(forwardedExecInfo(JSON.stringify(asked)) ?? '')).toEqual({
    ...asked,
    spec: { interactive: false, cluster: { server: 's' } },
  })
  expect(JSON.parse(forwardedExecInfo(`{"apiVersion":"${v1}"}`) ?? '')).toEqual({
    apiVersion: v1,
    spec: { interactive: false },
  })
  expect([forwardedExecInfo(undefined), forwardedExecInfo('nonsense')]).toEqual([undefined, 'nonsense'])
})

test('the answer is itself a secret, and one line', () => {
  const answer = renderExecCredential(v1, { token: Secret.of('t') }, 1_750_000_000_999)
  expect(String(answer)).toBe('***')
  expect(Secret.reveal(answer)).toBe(
    `{"kind":"ExecCredential","apiVersion":"${v1}","spec":{},"status":{"expirationTimestamp":"2025-06-15T15:06:40Z","token":"t"}}\n`,
  )
})

test('a time is rounded down: never later than it is', () => {
  expect(timestamp(1_750_000_000_999)).toBe('2025-06-15T15:06:40Z')
})
