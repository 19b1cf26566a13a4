import { defineConfig } from 'vitest/config';
import { ResultsReporter } from './tooling/test-run/reporter.ts';

// One run over all packages: on two cores it is faster than one run a package, and it counts in one place.
export default defineConfig({
  test: {
    projects: ['packages/*/vitest.config.ts', 'apps/*/vitest.config.ts', 'tooling/vitest.config.ts'],
    allowOnly: false,
    silent: 'passed-only',
    reporters: ['default', new ResultsReporter()],
    coverage: {
      enabled: true,
      provider: 'v8',
      include: ['packages/*/src/**/*.ts', 'apps/*/src/**/*.ts'],
      // Programs of their own: tests start them as processes, whose branches nobody counts.
      exclude: ['apps/bench/src/row-process.ts', 'apps/bench/src/suites/redis/stream-consumer.ts'],
      reporter: ['json-summary'],
      reportsDirectory: '.test-report/coverage',
      reportOnFailure: true,
    },
  },
});
