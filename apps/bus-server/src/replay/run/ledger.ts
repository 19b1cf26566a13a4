import type { Effect } from '@charterbus/core-models';
import type { Arrival } from '../target/replay-target.js';

/** Counts of messages. `sent` are all that were handed to the bus. */
export interface LedgerTotals {
  readonly sent: number;
  readonly allowed: number;
  readonly denied: number;
  readonly escalated: number;
  /** Allowed, and acknowledged by their recipient. */
  readonly delivered: number;
  /** Sent, but no decision came back. */
  readonly unknown: number;
}

interface Account {
  verdict?: Effect;
  recipient?: string;
  arrivals: number;
  /** Set while somebody waits. */
  onArrival?: () => void;
}

const verdictColumns = { allow: 'allowed', deny: 'denied', escalate: 'escalated' } as const;

/**
 * Accounts for every message of a run: what was decided, and who saw it how often. The two sides are told by different
 * parts of the bus, in any order, and must agree in the end.
 */
export class Ledger {
  readonly #accounts = new Map<string, Account>();
  readonly #counts = { sent: 0, allowed: 0, denied: 0, escalated: 0 };
  readonly #misdirected: string[] = [];

  sending(): void {
    this.#counts.sent += 1;
  }

  /** @param messageId absent where the bus refused the message before it had one. */
  decided(verdict: Effect, recipient: string, messageId: string | undefined): void {
    this.#counts[verdictColumns[verdict]] += 1;
    if (messageId === undefined) return;
    const account = this.#account(messageId);
    if (account.verdict !== undefined) this.#misdirected.push(`Message ${messageId} was decided about twice.`);
    account.verdict = verdict;
    this.#direct(account, messageId, recipient);
  }

  arrived({ messageId, recipient }: Arrival): void {
    const account = this.#account(messageId);
    account.arrivals += 1;
    this.#direct(account, messageId, recipient);
    account.onArrival?.();
  }

  /** Resolves when the message has arrived; at once where it has already. */
  arrival(messageId: string): Promise<void> {
    const account = this.#account(messageId);
    if (account.arrivals > 0) return Promise.resolve();
    const { promise, resolve } = Promise.withResolvers<void>();
    account.onArrival = resolve;
    return promise;
  }

  get totals(): LedgerTotals {
    const { sent, allowed, denied, escalated } = this.#counts;
    const delivered = this.#count(({ verdict, arrivals }) => verdict === 'allow' && arrivals > 0);
    return { ...this.#counts, delivered, unknown: sent - allowed - denied - escalated };
  }

  /** What does not add up; empty when every message is accounted for. */
  problems(): readonly string[] {
    const { allowed, delivered, unknown } = this.totals;
    const twice = this.#count(({ arrivals }) => arrivals > 1);
    const denied = this.#count(({ verdict, arrivals }) => verdict === 'deny' && arrivals > 0);
    const stray = this.#count(({ verdict, arrivals }) => verdict === undefined && arrivals > 0);
    const counted = [
      [unknown, 'sent, and no decision came back'],
      [allowed - delivered, 'allowed but not delivered'],
      [twice, 'delivered more than once'],
      [denied, 'denied but delivered all the same'],
      [stray, 'delivered without a receipt'],
    ] as const;
    return [
      ...counted.filter(([count]) => count !== 0).map(([count, what]) => `${count} messages were ${what}.`),
      ...this.#misdirected.slice(0, 10),
    ];
  }

  #account(messageId: string): Account {
    let account = this.#accounts.get(messageId);
    if (account === undefined) {
      account = { arrivals: 0 };
      this.#accounts.set(messageId, account);
    }
    return account;
  }

  #direct(account: Account, messageId: string, recipient: string): void {
    account.recipient ??= recipient;
    if (account.recipient !== recipient)
      this.#misdirected.push(`Message ${messageId} reached another agent than it names.`);
  }

  #count(matches: (account: Account) => boolean): number {
    let count = 0;
    for (const account of this.#accounts.values()) if (matches(account)) count += 1;
    return count;
  }
}
