import { join } from 'node:path'
import { expect, test } from 'vitest'
import { renderPage } from './support/page.ts'

test('docs/sdk-lanes.md is what the table says: npx vitest run test/sdk/page.test.ts -u', async () => {
  await expect(renderPage()).toMatchFileSnapshot(join(import.meta.dirname, '../../docs/sdk-lanes.md'))
})
