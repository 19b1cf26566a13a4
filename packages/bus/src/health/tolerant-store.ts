import { StoreError } from '@charterbus/core-models';
import type { RecoveryRecord, RecoveryStore } from '@charterbus/recovery';

const isAway = (error: unknown): boolean => StoreError.isInstance(error) && error.code !== 'STORE_WRITE_REFUSED';

/**
 * Recoveries are kept where messages are, and go on where that is just what has to recover: what cannot be kept is remembered by
 * this process, and told.
 */
export const tolerantStore = (kept: RecoveryStore, onError: (error: unknown) => void): RecoveryStore => {
  const unlessAway = async (write: () => Promise<void>): Promise<void> => {
    try {
      await write();
    } catch (error) {
      if (!isAway(error)) throw error;
      onError(error);
    }
  };
  return {
    load: () => kept.load(),
    save: (record: RecoveryRecord) => unlessAway(() => kept.save(record)),
    finish: (record: RecoveryRecord, keep: number) => unlessAway(() => kept.finish(record, keep)),
  };
};
