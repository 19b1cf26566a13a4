import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { opaBinary } from '@charterbus/tooling/testing';
import type { Texts } from './files.js';
import { toFiles } from './files.js';

/** What `opa build -t wasm` makes of Rego. */
export const compileRego = (
  rego: string | readonly string[],
  entrypoints: readonly string[] = ['charterbus/decision'],
): Buffer => {
  const directory = mkdtempSync(join(tmpdir(), 'rego-'));
  try {
    const paths = [rego].flat().map((text, index) => {
      const path = join(directory, `own-${index}.rego`);
      writeFileSync(path, text);
      return path;
    });
    const entries = entrypoints.flatMap((entry) => ['-e', entry]);
    const bundle = join(directory, 'bundle.tar.gz');
    execFileSync(opaBinary() ?? 'opa', ['build', '-t', 'wasm', ...entries, '-o', bundle, ...paths], {
      stdio: 'pipe',
    });
    execFileSync('tar', ['-xzf', bundle, '-C', directory, '/policy.wasm'], { stdio: 'pipe' });
    return readFileSync(join(directory, 'policy.wasm'));
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
};

export const manifestOf = (engine: string, more = ''): string =>
  `format: charterbus.constitution/1\nname: own\nrevision: 1\nengine: ${engine}\ntests: optional\n${more}`;

/** A constitution of the engine opa-wasm, without tests. */
export const regoFiles = (rego: string, texts: Texts = {}, wasm: Uint8Array = compileRego(rego)) => [
  ...toFiles({ 'manifest.yaml': manifestOf('opa-wasm'), 'policies/own.rego': rego, ...texts }),
  { path: 'policy.wasm', bytes: wasm },
];
