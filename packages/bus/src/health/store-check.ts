import type { Backend } from '../backend.js';
import type { BusContext } from '../context.js';

/** Resolves with true where messages can be kept now; rejects with what keeps them from it. */
export const storeCheck =
  ({ checkWritable }: Backend, { broker }: BusContext) =>
  async (): Promise<true> => {
    if (checkWritable === undefined) await broker.reader.leafCount();
    else await checkWritable();
    return true;
  };
