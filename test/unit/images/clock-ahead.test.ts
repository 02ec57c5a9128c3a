import { describe, expect, test } from 'vitest'
import { addonDue } from '../../../src/images/addon-standing.ts'
import { parseDockerConfig, renderDockerConfig } from '../../../src/images/docker-config.ts'
import { secretDueAt, tokenDueAt } from '../../../src/images/secret-state.ts'
import { Secret } from '../../../src/ports/secret.ts'

const nowMs = Date.UTC(2026, 10, 24, 8)
const minute = 60_000
const hour = 60 * minute
const wanted = { regions: ['eu-west-1'] as const, source: 's', accounts: {}, nowMs, registries: [] }
const lived = (issuedAtMs: number) => ({ issuedAtMs, expiresAtMs: issuedAtMs + 12 * hour })

const rows = [
  ['now', 0, false],
  ['a minute ahead, as two clocks may differ', minute, false],
  ['more than a minute ahead', minute + 1, true],
  ['a day ahead', 24 * hour, true],
] as const

describe.each(rows)('written %s', (_when, aheadMs, isDue) => {
  test('a pull secret', () => {
    const config = Secret.reveal(renderDockerConfig([{ region: 'eu-west-1', auth: Secret.of('x') }]))
    const record = { source: 's', account: '1', regions: { 'eu-west-1': lived(nowMs + aheadMs) } }
    const live = { config: parseDockerConfig(btoa(config)), record }
    const due = secretDueAt(live, wanted) ?? NaN
    expect(due).toBe(isDue ? nowMs : nowMs + aheadMs + 6 * hour)
  })

  test('keys of registry-creds', () => {
    const record = { source: 's', account: '1', region: 'eu-west-1', registries: ['1'] }
    const live = { isOurs: true, isPlaceholder: false, record: { ...record, ...lived(nowMs + aheadMs) } }
    const survey = { namespaces: [], secrets: new Map(), addon: undefined, accounts: [] }
    expect(addonDue(survey, live, wanted).session).toBe(isDue)
  })
})

test('a refusal that was written down a day ahead spares nobody the next attempt', () => {
  const age = lived(nowMs - 7 * hour)
  expect(tokenDueAt({ ...age, triedAtMs: nowMs }, nowMs)).toBe(nowMs + 30 * minute)
  expect(tokenDueAt({ ...age, triedAtMs: nowMs + 24 * hour }, nowMs)).toBe(nowMs - hour)
})
