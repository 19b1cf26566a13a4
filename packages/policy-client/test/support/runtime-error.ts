/** What a trap throws. Node's types know the namespace only as a type. */
export const { RuntimeError } = (globalThis as unknown as { WebAssembly: { RuntimeError: ErrorConstructor } })
  .WebAssembly;
