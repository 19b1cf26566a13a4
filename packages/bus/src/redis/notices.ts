import type { Background } from '@charterbus/recovery';
import type { EntryChange, Interceptor } from '../broker/broker.js';
import { isFinal } from '../broker/entry.js';
import { type Eventual, whenKnown } from '../eventual.js';
import type { Entries } from './entries.js';
import type { Leases } from './leases.js';
import type { Mailboxes } from './mailboxes.js';
import type { Shard } from './shard.js';

export interface NoticesOptions {
  readonly entries: Entries;
  readonly leases: Leases;
  readonly mailboxes: Mailboxes;
  readonly background: Background;
  readonly interceptor: () => Interceptor | undefined;
  readonly tell: (change: EntryChange) => void;
  readonly sweep: (shard: Shard) => void;
}

/** What is intercepted settles within the same turn or so. */
const interceptedLeaseMs = 30_000;

/** What this process is told by others, through Redis. */
export class Notices {
  readonly #options: NoticesOptions;

  constructor(options: NoticesOptions) {
    this.#options = options;
  }

  /**
   * `m`: there is something in a mailbox. `d`: it is leased to this process already. `r`: an entry answers a message of this process. `e`: an entry of a message of
   * this process has ended without success. `s`: something falls due before what was due next; `c`: another constitution is in
   * force, or topics have changed, as the answer to whatever is asked now will say.
   */
  hear(word: string, shard: Shard): void {
    const { background, mailboxes, sweep } = this.#options;
    const subject = word.slice(2);
    if (word.startsWith('d')) background.run('hand over', () => this.#handed(subject, shard));
    else if (word.startsWith('m')) mailboxes.wake(subject);
    else if (word.startsWith('s') || word.startsWith('c')) sweep(shard);
    else if (word.startsWith('e')) background.run('notice', () => this.#ended(subject, shard));
    else if (word.startsWith('r')) background.run('reply', () => this.#answered(subject, shard));
  }

  #handed(subject: string, shard: Shard): Eventual<void> {
    const { leases, mailboxes } = this.#options;
    const [mailbox = '', member, record, envelope, ...entry] = subject.split('\n');
    const taken = leases.take([member, entry.join('\n'), `${record}\n${envelope}`], shard);
    return whenKnown(taken, (given) => mailboxes.hand(mailbox, given));
  }

  async #ended(member: string, shard: Shard): Promise<void> {
    const found = await this.#options.entries.read(member, shard);
    if (found !== undefined && isFinal(found.entry.state)) this.#options.tell({ entry: found.entry, elsewhere: true });
  }

  /** A reply goes past the queue, if it is waited for here; else it goes the way of all. */
  async #answered(member: string, shard: Shard): Promise<void> {
    const { interceptor, leases } = this.#options;
    const intercepting = interceptor();
    if (intercepting?.waits !== true) return this.#offer(member, shard);
    const result = await shard.working.ask((into) => void into.push('t', member, String(interceptedLeaseMs)));
    if (result.length < 2) return;
    const [lease] = await leases.take(result, shard);
    if (lease === undefined) return;
    if (intercepting.wants(lease.entry, lease.envelope.message)) {
      intercepting.take(lease);
      return;
    }
    const held = leases.get({ deliveryId: lease.deliveryId, fencingToken: lease.entry.token });
    if (held === undefined) return;
    leases.delete(lease.deliveryId);
    await this.#options.entries.change(held, (now) =>
      now.token === lease.entry.token && now.state === 'leased'
        ? {
            patch: { state: 'queued', leaseUntil: 0, attempt: now.attempt - 1 },
            event: { kind: 'returned', attempt: now.attempt },
            audited: false,
          }
        : undefined,
    );
  }

  async #offer(member: string, shard: Shard): Promise<void> {
    await shard.working.ask((into) => void into.push('o', member));
  }
}
