import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseArgs } from '../../../src/cli/parse.ts'
import type { TokenWants } from '../../../src/cli/request.ts'
import { protectKeyOf } from '../../../src/contexts/protect-key.ts'
import { tokenArgs } from '../../../src/contexts/token-args.ts'
import { quickRequest } from '../../../src/quick/recognise.ts'

/** Every kind of credentials with everything that can be said of it. */
const wanted: readonly TokenWants[] = [
  {
    cluster: 'acme',
    region: 'eu-west-1',
    awsProfile: 'acme dev',
    roleArn: 'arn:a',
    readOnlyRoleArn: 'arn:b',
    protect: 'prod',
    plugin: [],
  },
  { clusterId: '7c0e', region: 'us-east-1', plugin: [] },
  { kops: 'k.example', stateStore: 's3://b/p', awsProfile: 'x', roleArn: 'arn:a', plugin: [] },
  { tokenFile: "/home/o'neill/to ken", plugin: [] },
  { tokenEnv: 'TOKEN', protect: 'prod', plugin: [] },
  { clientCertificate: '/c', clientKey: '/k', plugin: [] },
  { protect: 'prod', plugin: ['kubectl', 'oidc-login', 'get-token', '--protect', 'x', '--'] },
]

test.for(wanted)('the command line reads back what is written: %j', async (wants) => {
  const args = tokenArgs(wants)
  const parsed = await parseArgs([...args], {})
  expect(parsed).toMatchObject({ kind: 'request', request: { command: 'token', ...wants } })
  expect(quickRequest(args, {}, 'devk8s')).toMatchObject({ command: 'token', ...wants })
  expect(protectKeyOf({ exec: { command: '/x', args } })).toBe(wants.protect)
})

test('so it does for any words', async () => {
  const word = fc
    .stringMatching(/^[A-Za-z0-9/:@'" ._é-]{1,20}$/)
    .filter((text) => /^[^-\s]/.test(text) && text.trim() === text)
  await fc.assert(
    fc.asyncProperty(
      word,
      word,
      word,
      fc.array(fc.string({ minLength: 1 }), { maxLength: 4 }),
      async (file, profile, region, plugin) => {
        const wants: TokenWants = { tokenFile: file, awsProfile: profile, region, plugin }
        const parsed = await parseArgs([...tokenArgs(wants)], {})
        expect(parsed).toMatchObject({ kind: 'request', request: { command: 'token', ...wants } })
      },
    ),
    { seed: 4, numRuns: 100 },
  )
})

test.for([
  [undefined],
  [{}],
  [{ exec: null }],
  [{ exec: { args: 'token --protect prod' } }],
  [{ exec: { args: ['eks', 'get-token', '--protect', 'prod'] } }],
  [{ exec: { args: ['token', '--protect'] } }],
  [{ exec: { args: ['token', '--', 'x', '--protect', 'prod'] } }],
] as const)('%j withholds nothing by a name', ([user]) => {
  expect(protectKeyOf(user)).toBeUndefined()
})
