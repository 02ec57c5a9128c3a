import { expect, test } from 'vitest'
import { startAgent, type Ask } from './laptop-agent.ts'
import { cartRole, newWorld, podOf, sessionOf, startMs, tokenOf } from './world.ts'

const token = (audience: string) => tokenOf(podOf('cart'), audience)
const asks: readonly Ask[] = [
  { path: '/v1/credentials', headers: { Authorization: token('pods.eks.amazonaws.com') } },
  { path: '/v2/credentials/cart' },
  { path: '/latest/meta-data/iam/security-credentials/cart' },
  {
    path: `/sts?Action=AssumeRoleWithWebIdentity&RoleArn=${encodeURIComponent(cartRole)}&WebIdentityToken=${encodeURIComponent(token('sts.amazonaws.com'))}`,
  },
]

/** Which renewal each part of an answer is of. */
function generationsOf(body: string): readonly (string | undefined)[] {
  const found = (name: string, form: string) => new RegExp(`${name}(?:>|"\\s*:\\s*")${form}`).exec(body)?.[1]
  const expires = /Expiration(?:>|"\s*:\s*")([^"<]+)/.exec(body)?.[1] ?? ''
  return [
    found('AccessKeyId', '[A-Z0-9]*CART(\\d+)'),
    found('SecretAccessKey', '[^"<]*-(\\d+)'),
    found('(?:Session)?Token', '[^"<]*-(\\d+)'),
    String((Date.parse(expires) - startMs - 8_000) / 1_000),
  ]
}

test('a session that is replaced all the time is never mixed with another, nor given when it is over', async () => {
  const world = newWorld()
  await using agent = await startAgent(world)
  let generation = 0
  const renew = () => {
    const ends = startMs + 8_000 + generation * 1_000
    world.sessions = { [`assume:${cartRole}`]: sessionOf('cart', generation, ends) }
    world.nowMs = startMs + generation * 1_000
    generation += 1
  }
  renew()
  const seen = new Set<string>()
  for (let round = 0; round < 100; round += 1) {
    const answers = asks.map((ask) => agent.ask(ask))
    setImmediate(renew)
    for (const { status, body } of await Promise.all(answers)) {
      expect(status).toBe(200)
      const [first, ...others] = generationsOf(body)
      expect(others).toEqual([first, first, first])
      seen.add(first ?? '')
    }
  }
  expect(seen.size).toBeGreaterThan(20)
})
