import type { Message } from '../message/message.js';
import type { Verdict } from './verdict.js';

/** One attempt at giving one message to one consumer. */
export interface Delivery {
  /** The same for every attempt at giving this message to this recipient. */
  readonly id: string;
  /** Strictly greater with every lease of this delivery, also across restarts; whoever settles must state it. */
  readonly fencingToken: number;
  /** 1 for the first. */
  readonly attempt: number;
  /** RFC 3339. */
  readonly leaseExpiresAt: string;
  readonly message: Message;
  /** The verdict at `receive` under which the message is given. */
  readonly verdict: Verdict;
}
