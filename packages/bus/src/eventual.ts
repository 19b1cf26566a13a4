/** What is there at once or comes later. Whoever has it at once goes on without waiting for a turn. */
export type Eventual<T> = T | Promise<T>;

/** Goes on with the value: now where it is there, else when it comes. */
export const whenKnown = <T, Next>(value: Eventual<T>, goOn: (value: T) => Eventual<Next>): Eventual<Next> =>
  value instanceof Promise ? value.then(goOn) : goOn(value);

/** Nothing is thrown: what was thrown at once is a rejection. */
export const orRejected = <T>(begin: () => Eventual<T>): Eventual<T> => {
  try {
    return begin();
  } catch (error) {
    return Promise.reject(error as Error);
  }
};

/** A promise in any case. */
export const promised = <T>(begin: () => Eventual<T>): Promise<T> => {
  const value = orRejected(begin);
  return value instanceof Promise ? value : Promise.resolve(value);
};

/** Lets go of something when the value is there. */
const releasedAfter = async <T>(held: Disposable, value: Promise<T>): Promise<T> => {
  try {
    return await value;
  } finally {
    held[Symbol.dispose]();
  }
};

/** Holds something until the work has ended, whether that is at once or later. */
export const whileHeld = <T>(held: Disposable, work: () => Eventual<T>): Eventual<T> => {
  let value: Eventual<T>;
  try {
    value = work();
  } catch (error) {
    held[Symbol.dispose]();
    throw error;
  }
  if (value instanceof Promise) return releasedAfter(held, value);
  held[Symbol.dispose]();
  return value;
};
