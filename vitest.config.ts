import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    expect: { requireAssertions: true },
    sequence: { shuffle: true },
    testTimeout: 30_000,
    pool: 'forks',
  },
})
