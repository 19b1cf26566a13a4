import type { WasmPolicy, WasmSdk } from './sdk.js';
import type { WasmModule } from './web-assembly.js';

/** In pages of 64 KiB: tried in turn until the module fits, since it does not tell how much it needs. */
const initialPages = [16, 256, 1_024];
/** 256 MiB, over which the module aborts instead of growing. */
const mostPages = 4_096;

/** All that an instance is made from, again and again. */
export interface InstanceParts {
  readonly sdk: WasmSdk;
  readonly module: WasmModule;
  readonly documents: object;
}

/** The SDK throws strings and plain objects as well. */
export const asError = (thrown: unknown): Error => {
  if (thrown instanceof Error) return thrown;
  const text = typeof thrown === 'string' ? thrown : 'not an error';
  return new Error(`The compiled policy failed: ${text.slice(0, 500)}`, { cause: thrown });
};

/** An instance that shares no state with any other, with the data set; without `setData` rules see none at all. */
export const newWasmInstance = ({ sdk, module, documents }: InstanceParts): WasmPolicy => {
  let failure: unknown;
  for (const initial of initialPages) {
    try {
      const policy = sdk.loadPolicySync(module, { initial, maximum: mostPages });
      policy.setData(documents);
      return policy;
    } catch (error) {
      failure = error;
    }
  }
  throw asError(failure);
};

type Dump = (address: number) => number;

/** The host functions that the module calls, as its export `builtins` lists them. */
export const requiredBuiltins = ({ wasmInstance, mem }: WasmPolicy): readonly string[] => {
  const { builtins, opa_json_dump: dump } = wasmInstance.exports as { builtins: () => number; opa_json_dump: Dump };
  const address = dump(builtins());
  const bytes = new Uint8Array(mem.buffer);
  const text = new TextDecoder().decode(bytes.subarray(address, bytes.indexOf(0, address)));
  return Object.keys(JSON.parse(text) as object).toSorted();
};
