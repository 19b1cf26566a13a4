import { compileRego as compile } from '@charterbus/tooling/testing';
import type { Texts } from './files.js';
import { toFiles } from './files.js';

/** What `opa build -t wasm` makes of Rego. */
export const compileRego = (
  rego: string | readonly string[],
  entrypoints: readonly string[] = ['charterbus/decision'],
): Buffer => compile([rego].flat(), entrypoints);

export const manifestOf = (engine: string, more = ''): string =>
  `format: charterbus.constitution/1\nname: own\nrevision: 1\nengine: ${engine}\ntests: optional\n${more}`;

/** A constitution of the engine opa-wasm, without tests. */
export const regoFiles = (rego: string, texts: Texts = {}, wasm: Uint8Array = compileRego(rego)) => [
  ...toFiles({ 'manifest.yaml': manifestOf('opa-wasm'), 'policies/own.rego': rego, ...texts }),
  { path: 'policy.wasm', bytes: wasm },
];
