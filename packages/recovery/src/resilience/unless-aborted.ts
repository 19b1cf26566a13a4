/** What is pending, unless the signal aborts first: then its reason, at once. Whatever comes afterwards is nobody's. */
export const unlessAborted = <T>(pending: Promise<T>, signal: AbortSignal): Promise<T> => {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const abort = (): void => reject(signal.reason as Error);
  const settled = (): void => signal.removeEventListener('abort', abort);
  if (signal.aborted) abort();
  else signal.addEventListener('abort', abort, { once: true });
  pending.then(
    (value) => {
      settled();
      resolve(value);
    },
    (error: unknown) => {
      settled();
      reject(error as Error);
    },
  );
  return promise;
};
