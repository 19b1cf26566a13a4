/** Judgements by an engine in this thread, after which others get their turn: about ten milliseconds' worth. */
export const judgementsPerTurn = 64;

export const nextTurn = (): Promise<void> => {
  const { promise, resolve } = Promise.withResolvers<void>();
  setImmediate(resolve);
  return promise;
};
