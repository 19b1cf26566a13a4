/** A compiled module. */
export type WasmModule = object;

/** Node's types know the namespace only as a type. */
interface Namespace {
  compile(bytes: Uint8Array): Promise<WasmModule>;
  readonly Module: {
    customSections(module: WasmModule, name: string): readonly ArrayBuffer[];
    exports(module: WasmModule): readonly { readonly name: string }[];
  };
}

export const { WebAssembly: webAssembly } = globalThis as unknown as { WebAssembly: Namespace };
