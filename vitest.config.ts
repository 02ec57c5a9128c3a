import { defineConfig } from 'vitest/config'

const sdks = 'test/sdk/**/*.test.ts'
const shared = {
  expect: { requireAssertions: true },
  testTimeout: 30_000,
  pool: 'forks',
} as const

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          ...shared,
          name: 'devk8s',
          include: ['test/**/*.test.ts'],
          exclude: [sdks],
          // Most wait for children and clocks: one worker fewer than there are processors leaves half of two idle.
          maxWorkers: 2,
          sequence: { shuffle: true, groupOrder: 0 },
        },
      },
      {
        // After all others and one by one: SDKs give up after a second, which a busy machine may take.
        test: {
          ...shared,
          name: 'sdks',
          include: [sdks],
          fileParallelism: false,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
})
