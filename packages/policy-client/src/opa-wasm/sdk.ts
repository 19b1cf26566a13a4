import type { WasmModule } from './web-assembly.js';

/** The part of `@open-policy-agent/opa-wasm` that is used. */
export interface WasmPolicy {
  readonly entrypoints: Readonly<Record<string, number>>;
  /** Grows, and never shrinks. */
  readonly mem: { readonly buffer: ArrayBufferLike };
  readonly wasmInstance: { readonly exports: Readonly<Record<string, unknown>> };
  /** A result set. Throws strings, plain objects and errors. */
  evaluate(input: object, entrypoint: number): unknown;
  setData(data: object): void;
}

export interface WasmSdk {
  loadPolicySync(module: WasmModule, memory: { readonly initial: number; readonly maximum: number }): WasmPolicy;
}

export const sdkName = '@open-policy-agent/opa-wasm';

/** An optional peer: whoever judges by other engines need not have it. Rejects where it is missing. */
export const importSdk = async (): Promise<WasmSdk> => {
  const imported: unknown = await import('@open-policy-agent/opa-wasm');
  return (imported as { readonly default: WasmSdk }).default;
};
