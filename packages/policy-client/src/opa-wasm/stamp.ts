import type { Digest } from '@charterbus/core-models';
import { regoDigest } from '../rego/rule-records.js';
import type { SourceText } from '../source/read-sources.js';
import { type WasmModule, webAssembly } from './web-assembly.js';

/** A section that WebAssembly passes over: it says which sources a module was compiled from. */
const section = 'charterbus.sources';

const lengthOf = (length: number): readonly number[] =>
  length < 128 ? [length] : [(length % 128) + 128, ...lengthOf(Math.floor(length / 128))];

/** The digest that a module states of its sources, or nothing where it states none. */
export const stampOf = (module: WasmModule): Digest | undefined => {
  const stamp = webAssembly.Module.customSections(module, section).at(-1);
  return stamp === undefined ? undefined : Buffer.from(stamp).toString('latin1');
};

/**
 * The compiled module with a note of the sources in `policies/` that it was compiled from, so that a load notices when
 * one was changed without the other. `opa build` writes no such note. Stamped again, the last one counts.
 */
export const stampPolicy = (wasm: Uint8Array, rego: readonly SourceText[]): Uint8Array => {
  const name = Buffer.from(section);
  const body = Buffer.concat([Buffer.from(lengthOf(name.length)), name, Buffer.from(regoDigest(rego))]);
  return Buffer.concat([wasm, Buffer.from([0, ...lengthOf(body.length)]), body]);
};
