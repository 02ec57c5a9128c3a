import { readdir } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { contextLocked } from '../../src/problems/credentials.ts'
import {
  canary,
  credentialOn,
  eks,
  full,
  minuteMs,
  newTokenLab,
  role,
  secondsLeft,
  signerOf,
  unlocked,
} from './token-lab.ts'

const guarded = `${full} --read-only-role-arn ${role('reader')} --protect prod`

test('locked it is the role that reads, for a minute at a time', async () => {
  const lab = await newTokenLab()
  const credential = credentialOn(await lab.run(guarded))
  expect(signerOf(credential)).toBe('ASIAREADER')
  expect(secondsLeft(credential, lab.now())).toBe(60)
})

test('unlocked it is the full one, never beyond the end', async () => {
  const lab = await newTokenLab()
  await unlocked(lab, 5 * minuteMs)
  const credential = credentialOn(await lab.run(guarded))
  expect(signerOf(credential)).toBe('ASIAFULL')
  expect(secondsLeft(credential, lab.now())).toBe(300)
  // Nor does the session: a quarter of an hour is the least that STS gives.
  expect(lab.asked.at(-1)?.sessionSeconds).toBe(900)
  await lab.advance(5 * minuteMs)
  expect(signerOf(credentialOn(await lab.run(guarded)))).toBe('ASIAREADER')
})

test('without a full role unlocking hands out the profile itself', async () => {
  const lab = await newTokenLab()
  await unlocked(lab, 20 * minuteMs)
  const line = `${eks} --read-only-role-arn ${role('reader')} --protect prod`
  expect(signerOf(credentialOn(await lab.run(line)))).toBe('ASIAACME')
})

test.for([
  ['EKS without a role that reads', `${full} --protect prod`],
  [
    'kOps, role or not',
    `token --kops k --state-store s3://b --read-only-role-arn ${role('reader')} --protect prod`,
  ],
  ['a token file', 'token --token-file /t --protect prod'],
  ['a token variable', 'token --token-env T --protect prod'],
  ['a certificate', 'token --client-certificate /c --client-key /k --protect prod'],
  ['a plugin', 'token --protect prod -- plugin'],
] as const)('locked %s is refused with the way out', async ([, line]) => {
  const lab = await newTokenLab()
  const ran = await lab.run(line, { env: { T: canary } })
  expect([ran.exit, ran.problems[0]?.code, ran.stdout]).toEqual([4, contextLocked.code, ''])
  expect(ran.problems[0]?.next).toEqual([`devk8s unlock prod --for 15m --reason 'why'`])
  expect(lab.asked).toEqual([])
})

test('a clock that was set back, or an end too far away, locks', async () => {
  const lab = await newTokenLab()
  await unlocked(lab, 5 * minuteMs)
  const startMs = lab.now()
  lab.setClock(startMs - minuteMs)
  expect((await lab.run(`${full} --protect prod`)).problems[0]?.code).toBe(contextLocked.code)
  lab.setClock(startMs)
  await unlocked(lab, 13 * 60 * minuteMs)
  expect((await lab.run(`${full} --protect prod`)).problems[0]?.code).toBe(contextLocked.code)
})

test('another context’s unlock lifts nothing', async () => {
  const lab = await newTokenLab()
  await unlocked(lab, 5 * minuteMs, 'staging')
  expect((await lab.run(`${full} --protect prod`)).exit).toBe(4)
  expect((await lab.run(`${full} --protect staging`)).exit).toBe(0)
})

test('the full session of an unlock is not what a locked context uses, nor the other way round', async () => {
  const lab = await newTokenLab()
  await lab.run(full)
  await unlocked(lab, 5 * minuteMs)
  await lab.run(guarded)
  expect(lab.asked).toHaveLength(2)
  expect((await readdir(lab.places.sessions)).filter((name) => name.startsWith('full-'))).toHaveLength(1)
})
