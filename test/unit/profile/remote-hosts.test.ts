import { expect, test } from 'vitest'
import { head, loadText } from './load-helper.ts'

test.each(['kubernetes', 'api.internal.example'])('tlsServerName may be %s', async (name) => {
  const { profile } = await loadText(
    `${head}contexts:\n  - { name: a, cluster: { server: 'https://10.0.0.1', tlsServerName: ${name} } }\n`,
  )
  expect(profile.contexts[0]?.cluster?.tlsServerName).toBe(name)
})
