import { type AgentReference, agentKey, type Timers } from '@charterbus/core-models';
import type { Background } from '../background.js';
import type { Broker } from '../broker/broker.js';
import { groupOf } from '../broker/mailbox-name.js';
import type { Subscriptions } from './subscriptions.js';

/** Why what a queue group had became dead letters. */
const emptyGroupReason = 'GROUP_EMPTY';

export interface GroupsOptions {
  readonly broker: Broker;
  readonly subscriptions: Subscriptions;
  readonly timers: Timers;
  readonly background: Background;
  /** How long a group without members keeps its messages, in milliseconds. */
  readonly emptyGroupMs: number;
}

/**
 * Looks after the mailboxes of queue groups when members come and go: what some of them may not have is offered to all
 * again, and what a group has whose last member left is kept for a time, counted anew from each start of the bus.
 */
export class Groups implements Disposable {
  readonly #options: GroupsOptions;
  readonly #watch: Disposable;
  /** Of groups without members, until they give up what they have. */
  readonly #empty = new Map<string, Disposable>();

  constructor(options: GroupsOptions) {
    this.#options = options;
    this.#watch = options.subscriptions.membership.watch(({ mailbox, members }) => {
      this.#reoffer(mailbox);
      if (members === 0) this.#keep(mailbox);
      else this.#stopKeeping(mailbox);
    });
  }

  /** Looks for groups that were left while nobody watched. */
  async start(): Promise<void> {
    for (const mailbox of await this.#options.broker.recipients()) {
      if (groupOf(mailbox) !== undefined && !this.has(mailbox)) this.#keep(mailbox);
    }
  }

  /** Whether anybody takes part in the group. */
  has(mailbox: AgentReference): boolean {
    return this.#options.subscriptions.membership.has(mailbox);
  }

  /** What is in force has changed: who was passed over may have it now. */
  reofferAll(): void {
    for (const mailbox of this.#options.subscriptions.membership.mailboxes()) this.#reoffer(mailbox);
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
      background.run('abandon', () => broker.abandon(mailbox, emptyGroupReason));
    };
    this.#empty.set(agentKey(mailbox), timers.after(emptyGroupMs, end));
  }

  #stopKeeping(mailbox: AgentReference): void {
    this.#empty.get(agentKey(mailbox))?.[Symbol.dispose]();
    this.#empty.delete(agentKey(mailbox));
  }
}
