import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { opaBinary } from './opa.js';

/**
 * `policy.wasm` as `opa build` makes it of some modules. Names of files go into it; these are always the same, so that
 * equal modules make equal bytes.
 */
export const compileRego = (modules: readonly string[], entrypoints: readonly string[]): Buffer => {
  const directory = mkdtempSync(join(tmpdir(), 'rego-'));
  const options = { cwd: directory, stdio: 'pipe' } as const;
  try {
    const paths = modules.map((_, index) => `module-${index}.rego`);
    for (const [index, path] of paths.entries()) writeFileSync(join(directory, path), modules[index] ?? '');
    const entries = entrypoints.flatMap((entry) => ['-e', entry]);
    execFileSync(opaBinary() ?? 'opa', ['build', '-t', 'wasm', ...entries, '-o', 'bundle.tar.gz', ...paths], options);
    execFileSync('tar', ['-xzf', 'bundle.tar.gz', '/policy.wasm'], options);
    return readFileSync(join(directory, 'policy.wasm'));
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
};
