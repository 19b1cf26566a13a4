import type { Ratio, Suite } from '../../suite.js';
import { countOf, rate, speed, wait } from '../compare.js';
import { bareCommit, bareGroupCommit } from './bare-sqlite.js';
import { durableDelivery, durableReceipt } from './governed.js';

const senders = [1, 16, 256] as const;
const grouped = [16, 256] as const;

const delivery = (count: number): string => `send → handler → ack, senders: ${count}`;
const receipt = 'send → receipt, senders: 1';
const commit = 'bare commit of one row';
const groupCommit = (count: number): string => `bare group commit, senders: ${count}`;

/** Commits a message times the number of senders: one where all senders share each commit. */
const shared = (count: number): Ratio => ({
  name: `${delivery(count)}, commits a message × senders`,
  value: (round) => countOf(round(delivery(count)), 'commits') * count,
  target: { atMost: 1.3 },
});

export const embedded: Suite = {
  name: 'embedded',
  title: 'durable delivery on SQLite',
  rows: [
    ...senders.map((count) => durableDelivery(delivery(count), count)),
    durableReceipt(receipt),
    bareCommit(commit),
    ...grouped.map((count) => bareGroupCommit(groupCommit(count), count)),
  ],
  // The table of the delivery work.
  ratios: [
    wait(receipt, commit, { atMost: 1.3 }),
    rate(delivery(256), { atLeast: 45_000 }),
    speed(delivery(256), groupCommit(256), { atLeast: 0.25 }),
    speed(delivery(16), groupCommit(16)),
    speed(delivery(1), commit),
    ...senders.map(shared),
  ],
};
