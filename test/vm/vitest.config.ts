/** The jobs, inside the machine: `npm run test:vm` runs vitest there with this. */
import { defineConfig } from 'vitest/config'
import Reporter from './machine/reporter.ts'

export default defineConfig({
  root: new URL('../..', import.meta.url).pathname,
  test: {
    include: ['test/vm/*.test.ts'],
    pool: 'forks',
    // Two processors that are emulated by one or two: what runs at once takes each other's time.
    maxWorkers: 1,
    setupFiles: ['test/support/seed.ts'],
    expect: { requireAssertions: true },
    testTimeout: 400_000,
    hookTimeout: 400_000,
    reporters: [new Reporter()],
  },
})
