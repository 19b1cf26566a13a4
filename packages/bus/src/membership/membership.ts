import { type AgentReference, agentKey } from '@charterbus/core-models';

/** Somebody has come to take from a shared mailbox, or does so no longer. */
export interface MembershipChange {
  readonly kind: 'joined' | 'left';
  readonly member: AgentReference;
  readonly mailbox: AgentReference;
  /** How many take from it now. */
  readonly members: number;
}

type Listener = (change: MembershipChange) => void;

interface Members {
  readonly mailbox: AgentReference;
  /** By member, how many reasons it has to: subscriptions of a queue group, or the capability. */
  readonly counts: Map<string, number>;
}

const none: readonly AgentReference[] = Object.freeze([]);

/** Who takes from which shared mailboxes: those of queue groups and of capabilities. */
export class Membership {
  /** By mailbox. */
  readonly #members = new Map<string, Members>();
  /** By member; replaced as a whole, so that whoever holds a list has one that does not change. */
  readonly #mailboxes = new Map<string, readonly AgentReference[]>();
  /** By member, with which of its mailboxes it began the last time: no tenant's order is to tell of another's claims. */
  readonly #turns = new Map<string, number>();
  readonly #listeners = new Set<Listener>();
  readonly #ofAgents = new Map<string, Set<Listener>>();

  watch(listener: Listener): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  /** As `watch`, told of one agent alone. */
  watchOf(agent: AgentReference, listener: Listener): Disposable {
    const key = agentKey(agent);
    const listeners = this.#ofAgents.get(key) ?? new Set<Listener>();
    this.#ofAgents.set(key, listeners);
    listeners.add(listener);
    const end = (): void => {
      listeners.delete(listener);
      if (listeners.size === 0 && this.#ofAgents.get(key) === listeners) this.#ofAgents.delete(key);
    };
    return { [Symbol.dispose]: end };
  }

  /** The shared mailboxes that the agent takes from. */
  mailboxesOf(agent: AgentReference): readonly AgentReference[] {
    return this.#mailboxes.get(agentKey(agent)) ?? none;
  }

  /** The ids of those who take from the mailbox. */
  membersOf(mailbox: AgentReference): Iterable<string> {
    return this.#members.get(agentKey(mailbox))?.counts.keys() ?? [];
  }

  has(mailbox: AgentReference): boolean {
    return this.#members.has(agentKey(mailbox));
  }

  /** All shared mailboxes that somebody takes from. */
  mailboxes(): readonly AgentReference[] {
    return [...this.#members.values()].map(({ mailbox }) => mailbox);
  }

  /** The mailboxes from which an agent takes, each time beginning with another one; nothing where that is its own alone. */
  inTurns(agent: AgentReference): readonly AgentReference[] | undefined {
    const shared = this.#mailboxes.get(agentKey(agent));
    if (shared === undefined) return undefined;
    const all = [agent, ...shared];
    const first = ((this.#turns.get(agentKey(agent)) ?? 0) + 1) % all.length;
    this.#turns.set(agentKey(agent), first);
    return [...all.slice(first), ...all.slice(0, first)];
  }

  /** One more reason for the agent to take from the mailbox. */
  join(member: AgentReference, mailbox: AgentReference): void {
    const { tenant, agent } = member;
    const members = this.#members.get(agentKey(mailbox)) ?? { mailbox, counts: new Map<string, number>() };
    this.#members.set(agentKey(mailbox), members);
    const before = members.counts.get(agent) ?? 0;
    members.counts.set(agent, before + 1);
    if (before > 0) return;
    this.#mailboxes.set(agentKey(member), [...this.mailboxesOf(member), mailbox]);
    this.#tell({ kind: 'joined', member: { tenant, agent }, mailbox, members: members.counts.size });
  }

  /** One reason less; with the last the agent takes from it no longer. */
  leave(member: AgentReference, mailbox: AgentReference): void {
    const { tenant, agent } = member;
    const members = this.#members.get(agentKey(mailbox));
    const { counts } = members ?? {};
    const before = counts?.get(agent) ?? 0;
    if (counts === undefined || before === 0) return;
    if (before > 1) {
      counts.set(agent, before - 1);
      return;
    }
    counts.delete(agent);
    if (counts.size === 0) this.#members.delete(agentKey(mailbox));
    const left = this.mailboxesOf(member).filter((other) => other.agent !== mailbox.agent);
    if (left.length === 0) {
      this.#mailboxes.delete(agentKey(member));
      this.#turns.delete(agentKey(member));
    } else this.#mailboxes.set(agentKey(member), left);
    this.#tell({ kind: 'left', member: { tenant, agent }, mailbox, members: counts.size });
  }

  #tell(change: MembershipChange): void {
    for (const listener of this.#listeners) listener(change);
    for (const listener of this.#ofAgents.get(agentKey(change.member)) ?? []) listener(change);
  }
}
