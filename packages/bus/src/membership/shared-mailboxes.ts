import { type AgentReference, agentKey, type Timers } from '@charterbus/core-models';
import type { Background } from '@charterbus/recovery';
import type { Broker } from '../broker/broker.js';
import { groupOf, isShared } from '../broker/mailbox-name.js';
import type { Membership } from './membership.js';

/** Why what nobody takes any more became dead letters. */
const emptyReason = (mailbox: AgentReference): string =>
  groupOf(mailbox) === undefined ? 'CAPABILITY_ABSENT' : 'GROUP_EMPTY';

export interface SharedMailboxesOptions {
  readonly broker: Broker;
  readonly membership: Membership;
  readonly timers: Timers;
  readonly background: Background;
  /** How long a mailbox that nobody takes from keeps its messages, in milliseconds. */
  readonly emptyGroupMs: number;
}

/**
 * Looks after shared mailboxes when members come and go: what some of them may not have is offered to all again, and what
 * is in one whose last member left is kept for a time, counted anew from each start of the bus.
 */
export class SharedMailboxes implements Disposable {
  readonly #options: SharedMailboxesOptions;
  readonly #watch: Disposable;
  /** Of those that nobody takes from, until they give up what they have. */
  readonly #empty = new Map<string, Disposable>();

  constructor(options: SharedMailboxesOptions) {
    this.#options = options;
    this.#watch = options.membership.watch(({ mailbox, members }) => {
      this.#reoffer(mailbox);
      if (members === 0) this.#keep(mailbox);
      else this.#stopKeeping(mailbox);
    });
  }

  /** Looks for those that were left while nobody watched. */
  async start(): Promise<void> {
    for (const mailbox of await this.#options.broker.recipients()) {
      if (isShared(mailbox) && !this.has(mailbox)) this.#keep(mailbox);
    }
  }

  /** Whether anybody takes from it. */
  has(mailbox: AgentReference): boolean {
    return this.#options.membership.has(mailbox);
  }

  /** What is in force has changed: who was passed over may have it now. */
  reofferAll(): void {
    for (const mailbox of this.#options.membership.mailboxes()) this.#reoffer(mailbox);
  }

  [Symbol.dispose](): void {
    this.#watch[Symbol.dispose]();
    for (const timer of this.#empty.values()) timer[Symbol.dispose]();
    this.#empty.clear();
  }

  #reoffer(mailbox: AgentReference): void {
    const { background, broker } = this.#options;
    background.run('reoffer', () => broker.reoffer(mailbox));
  }

  #keep(mailbox: AgentReference): void {
    const { background, broker, emptyGroupMs, timers } = this.#options;
    this.#stopKeeping(mailbox);
    const end = (): void => {
      this.#empty.delete(agentKey(mailbox));
      background.run('abandon', () => broker.abandon(mailbox, emptyReason(mailbox)));
    };
    this.#empty.set(agentKey(mailbox), timers.after(emptyGroupMs, end));
  }

  #stopKeeping(mailbox: AgentReference): void {
    this.#empty.get(agentKey(mailbox))?.[Symbol.dispose]();
    this.#empty.delete(agentKey(mailbox));
  }
}
