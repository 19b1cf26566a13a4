import { StoreError } from '@charterbus/core-models';
import type { JournalWrite } from '../../src/broker/journal.js';
import { MemoryJournal } from '../../src/broker/memory-journal.js';

/** A disk that refuses what the test tells it to refuse. */
export class FailingJournal extends MemoryJournal {
  refuses: (write: JournalWrite) => boolean = () => false;

  override write(write: JournalWrite): ReturnType<MemoryJournal['write']> {
    if (!this.refuses(write)) return super.write(write);
    return Promise.reject(new StoreError('STORE_UNAVAILABLE', 'The disk is full.'));
  }
}
