import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    expect: { requireAssertions: true },
    sequence: { shuffle: true },
    testTimeout: 30_000,
    pool: 'forks',
    // Real processes and terminals on a shared machine: one more try there, none at a desk.
    retry: process.env['CI'] === 'true' ? 1 : 0,
  },
})
