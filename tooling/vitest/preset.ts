import { defineProject } from 'vitest/config';

/** The tests of one package: they mirror `src` under `test`, are never retried, and have a deadline. */
export function packageTests(name: string): ReturnType<typeof defineProject> {
  return defineProject({
    test: {
      name,
      include: ['test/**/*.test.ts'],
      environment: 'node',
      retry: 0,
      testTimeout: 20_000,
      hookTimeout: 20_000,
      restoreMocks: true,
      unstubEnvs: true,
    },
  });
}
