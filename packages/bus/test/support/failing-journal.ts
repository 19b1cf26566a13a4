import { StoreError } from '@charterbus/core-models';
import type { JournalChange } from '../../src/broker/journal.js';
import { MemoryJournal } from '../../src/broker/memory-journal.js';

/** A disk that refuses what the test tells it to refuse. */
export class FailingJournal extends MemoryJournal {
  refuses: (changes: readonly JournalChange[]) => boolean = () => false;

  override write(changes: readonly JournalChange[]): ReturnType<MemoryJournal['write']> {
    if (!this.refuses(changes)) return super.write(changes);
    return Promise.reject(new StoreError('STORE_UNAVAILABLE', 'The disk is full.'));
  }
}
