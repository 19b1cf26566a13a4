/** Lets everything that is ready run: a turn of the event loop, which no fake clock holds up. */
export const flush = (): Promise<void> => {
  const { promise, resolve } = Promise.withResolvers<void>();
  setImmediate(resolve);
  return promise;
};
