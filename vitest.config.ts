import { defineConfig } from 'vitest/config'
import { PlainCount } from './tools/reporter.ts'

/** unit: pure and quick, side by side. slow: processes, disks and kills, one file after another. services: needs Python or Java. */
export default defineConfig({
  test: {
    globalSetup: './tools/test-folder.ts',
    reporters: ['default', new PlainCount()],
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['packages/*/test/**/*.test.ts', 'tools/**/*.test.ts'],
          exclude: ['**/*.slow.test.ts', '**/*.services.test.ts', '**/node_modules/**'],
          pool: 'threads',
          isolate: false,
          testTimeout: 20_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'slow',
          include: ['packages/*/test/**/*.slow.test.ts', 'tests/**/*.test.ts', 'docs/**/*.test.ts'],
          exclude: ['**/*.services.test.ts', '**/node_modules/**'],
          pool: 'forks',
          testTimeout: 120_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
      {
        extends: true,
        test: {
          name: 'services',
          include: ['packages/*/test/**/*.services.test.ts', 'tests/**/*.services.test.ts'],
          pool: 'forks',
          testTimeout: 300_000,
          hookTimeout: 300_000,
          fileParallelism: false,
        },
      },
    ],
  },
})
