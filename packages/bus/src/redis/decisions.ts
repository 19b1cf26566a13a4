import { type AgentReference, type Clock, MessageError } from '@charterbus/core-models';
import type { HoldDecision } from '../broker/broker.js';
import { abandonedTransition, dropped, isPast, redriven } from '../broker/dead-letters.js';
import { type Entry, isFinal } from '../broker/entry.js';
import { decisionTransition } from '../broker/holds.js';
import type { Transition } from '../broker/transitions.js';
import type { Entries } from './entries.js';
import type { Leases } from './leases.js';
import { mailboxOf } from './packing.js';
import type { Shard } from './shard.js';
import type { Shards } from './shards.js';

export interface DecisionsOptions {
  readonly shards: Shards;
  readonly entries: Entries;
  readonly leases: Leases;
  readonly clock: Clock;
}

/** Entries of a mailbox that are given up at a time. */
const abandonStep = 500;

const notHeld = (): MessageError =>
  new MessageError('MESSAGE_NOT_HELD', 'The message does not wait for a decision, or no longer.');
const noDeadLetter = (): MessageError => new MessageError('DEAD_LETTER_NOT_FOUND', 'There is no such dead letter.');

/** What is decided about entries that nobody has leased. The position of what is queued is the script's to give. */
export class Decisions {
  readonly #options: DecisionsOptions;

  constructor(options: DecisionsOptions) {
    this.#options = options;
  }

  async decide(id: string, decision: HoldDecision): Promise<Entry> {
    const { entries } = this.#options;
    const found = await entries.find(id);
    if (found === undefined) throw notHeld();
    const rests = decision.kind === 'release' ? { verdict: decision.verdict } : {};
    const decided = (now: Entry): Transition => {
      if (now.state !== 'held') throw notHeld();
      return decisionTransition(now, decision, 0);
    };
    return (await entries.change(found, decided, rests)).entry;
  }

  redrive(id: string, reason: string): Promise<Entry> {
    return this.#withDeadLetter(id, (entry) => {
      if (isPast(entry, this.#options.clock.now())) {
        throw new MessageError('MESSAGE_EXPIRED', 'The message has expired and cannot be delivered any more.');
      }
      return redriven(entry, 0, reason);
    });
  }

  drop(id: string, reason: string): Promise<Entry> {
    return this.#withDeadLetter(id, () => dropped(reason));
  }

  async abandon(recipient: AgentReference, reason: string): Promise<number> {
    const shard = this.#options.shards.of(recipient.tenant);
    const key = `${shard.base}:u:${mailboxOf(recipient)}`;
    let abandoned = 0;
    // In steps: a mailbox may be long.
    for (;;) {
      const [, members] = await shard.read((client) => client.sscan(key, 0, 'COUNT', abandonStep));
      const ended = await Promise.all(members.map((member) => this.#abandon(member, shard, reason)));
      const count = ended.filter(Boolean).length;
      abandoned += count;
      if (count === 0) return abandoned;
    }
  }

  async #withDeadLetter(id: string, change: (entry: Entry) => Transition): Promise<Entry> {
    const { entries } = this.#options;
    const found = await entries.find(id);
    if (found === undefined) throw noDeadLetter();
    const changed = await entries.change(found, (now) => {
      if (now.state !== 'dead') throw noDeadLetter();
      return change(now);
    });
    return changed.entry;
  }

  async #abandon(member: string, shard: Shard, reason: string): Promise<boolean> {
    const { entries, leases } = this.#options;
    const found = await entries.read(member, shard);
    if (found === undefined || isFinal(found.entry.state)) return false;
    await entries.change(found, (now) => (isFinal(now.state) ? undefined : abandonedTransition(now, reason)));
    leases.delete(member);
    return true;
  }
}
