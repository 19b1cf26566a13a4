interface ProcessOptions {
  /** Of the run: where the history goes. */
  readonly directory: string;
  /** The name in the history; it outlives a kill. */
  readonly by: string;
  readonly url: string;
  readonly token: string;
  readonly seed: number;
  /** How many things it does at a time. */
  readonly lanes: number;
}

/** What `sender.ts` is told, as JSON. */
export interface SenderOptions extends ProcessOptions {
  readonly recipients: readonly string[];
  /** The short hash of the constitution. */
  readonly hash: string;
  /** The share of messages that kill who gets them. Default none. */
  readonly poison?: number;
  /** Whether some expire soon. */
  readonly expires?: boolean;
  /** The most messages; default until its input ends. */
  readonly most?: number;
  /** Between two messages of a lane, in milliseconds. Default 4. */
  readonly everyMs?: number;
}

/** What `consumer.ts` is told, as JSON. Shares are of what it is given; the rest it acknowledges in time. */
export interface ConsumerOptions extends ProcessOptions {
  readonly max: number;
  /** How long it works on each, in milliseconds. */
  readonly workMs: number;
  /** Default 600. */
  readonly leaseMs?: number;
  /** Acknowledges when the lease is over. */
  readonly late: number;
  readonly forgets: number;
  /** Fails with it, or gives it up. */
  readonly fails: number;
  /** It claims by a way that may be cut. */
  readonly unsure?: boolean;
}
