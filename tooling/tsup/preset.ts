import { defineConfig } from 'tsup';

/**
 * The build of one package: ES modules for Node 24, one file per entry with shared chunks. Declarations come from
 * `tsc -p tsconfig.build.json`, since tsup's own do not work with TypeScript 7.
 */
export function packageBuild(entry: readonly string[] = ['src/index.ts']): ReturnType<typeof defineConfig> {
  return defineConfig({
    entry: [...entry],
    format: 'esm',
    target: 'node24',
    platform: 'node',
    dts: false,
    sourcemap: true,
    clean: true,
    splitting: true,
    treeshake: true,
    // `node:sqlite` has no name without the prefix.
    removeNodeProtocol: false,
  });
}
