/** How deliveries are tried and kept. Times in milliseconds. */
export interface DeliveryOptions {
  /** Attempts before a message becomes a dead letter. */
  readonly maxAttempts: number;
  /** The delay before the second attempt; doubles with each further one. */
  readonly backoffMs: number;
  readonly backoffCapMs: number;
  /** How much waiting one step of priority is worth: nothing waits more than three of them for what is more urgent. */
  readonly agingMs: number;
  /** Unfinished messages of one recipient; above it a send is refused. */
  readonly mailboxLimit: number;
  /**
   * Entries of one mailbox that stand in memory, more or less; what waits behind them is read back when its turn comes, where
   * the journal can and nothing is to be done about it before.
   */
  readonly windowEntries: number;
  /** Unfinished messages of all recipients of one tenant, so that none can fill the bus alone. */
  readonly tenantLimit: number;
  /** Unfinished messages of all recipients. */
  readonly totalLimit: number;
  /** How long a refused sender is asked to wait. */
  readonly retryAfterMs: number;
  /** How long a queue group whose last member has left keeps its messages; then they are dead letters. */
  readonly emptyGroupMs: number;
  readonly retention: {
    readonly finishedMs: number;
    /** Of finished messages with all that belongs to them, leaves apart: some 3 KiB for a small one. */
    readonly finishedBytes: number;
    readonly deadLetterMs: number;
    /** How often to look for what may go. */
    readonly everyMs: number;
  };
}

/**
 * What memory keeps of finished messages: the newest thousand or so. More is dearer than on disk: whatever outlives two
 * collections of short-lived garbage is copied twice.
 */
export const memoryRetention: DeliveryOptions['retention'] = Object.freeze({
  finishedMs: 24 * 3_600_000,
  finishedBytes: 4 * 1024 * 1024,
  deadLetterMs: 14 * 86_400_000,
  everyMs: 60_000,
});

export const defaultDeliveryOptions: DeliveryOptions = Object.freeze({
  maxAttempts: 5,
  backoffMs: 1000,
  backoffCapMs: 60_000,
  agingMs: 10_000,
  mailboxLimit: 100_000,
  windowEntries: 1000,
  tenantLimit: 1_000_000,
  totalLimit: 2_000_000,
  retryAfterMs: 1000,
  emptyGroupMs: 24 * 3_600_000,
  retention: Object.freeze({
    finishedMs: 24 * 3_600_000,
    finishedBytes: 512 * 1024 * 1024,
    deadLetterMs: 14 * 86_400_000,
    everyMs: 60_000,
  }),
});
