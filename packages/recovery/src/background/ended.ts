/**
 * Waits for the end, whatever it is; `undefined` where it failed. For those who only take their turn after what another is told
 * the outcome of.
 */
export const ended = async <T>(work: Promise<T> | undefined): Promise<T | undefined> => {
  try {
    return await work;
  } catch {
    return undefined;
  }
};
