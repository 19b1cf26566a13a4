import type { DedupeMark } from './journal.js';

/** What a commit rests on was changed by another process: nothing was written, and it is to be judged again. */
export class GroundMoved extends Error {
  /** Resolves when this process knows of the change, as far as it can. */
  readonly followed: Promise<unknown>;

  constructor(what: 'constitution' | 'conversation' | 'sender', followed: Promise<unknown> = Promise.resolve()) {
    super(`The ${what} has changed.`);
    this.followed = followed;
  }
}

/** Another process has used the dedupe key meanwhile: nothing was written. */
export class KeyTaken extends Error {
  readonly mark: DedupeMark;

  constructor(mark: DedupeMark) {
    super('The dedupe key is taken.');
    this.mark = mark;
  }
}
