import { type AgentReference, agentKey } from '@charterbus/core-models';
import { groupMailbox } from '../broker/mailbox-name.js';
import type { SubscriptionRecord } from './topic-records.js';

/** Somebody has come to take part in a queue group by a first subscription, or does so no longer. */
export interface MembershipChange {
  readonly kind: 'joined' | 'left';
  readonly member: AgentReference;
  /** The group's. */
  readonly mailbox: AgentReference;
  /** How many take part in it now. */
  readonly members: number;
}

type Listener = (change: MembershipChange) => void;

interface Members {
  readonly mailbox: AgentReference;
  /** By member, how many of its subscriptions are for the group. */
  readonly counts: Map<string, number>;
}

const none: readonly AgentReference[] = Object.freeze([]);

/** Who takes part in which queue groups, by how many subscriptions each. */
export class Membership {
  /** By mailbox. */
  readonly #members = new Map<string, Members>();
  /** By member; replaced as a whole, so that whoever holds a list has one that does not change. */
  readonly #groups = new Map<string, readonly AgentReference[]>();
  #turn = 0;
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

  /** The mailboxes of the groups that the agent takes part in. */
  groupsOf(agent: AgentReference): readonly AgentReference[] {
    return this.#groups.get(agentKey(agent)) ?? none;
  }

  /** The ids of those who take part in the group. */
  membersOf(mailbox: AgentReference): Iterable<string> {
    return this.#members.get(agentKey(mailbox))?.counts.keys() ?? [];
  }

  has(mailbox: AgentReference): boolean {
    return this.#members.has(agentKey(mailbox));
  }

  /** The mailboxes of all groups that have members. */
  mailboxes(): readonly AgentReference[] {
    return [...this.#members.values()].map(({ mailbox }) => mailbox);
  }

  /** The mailboxes from which an agent takes, each time beginning with another one; nothing where that is its own alone. */
  inTurns(agent: AgentReference): readonly AgentReference[] | undefined {
    const groups = this.#groups.get(agentKey(agent));
    if (groups === undefined) return undefined;
    const all = [agent, ...groups];
    this.#turn = (this.#turn + 1) % Number.MAX_SAFE_INTEGER;
    const first = this.#turn % all.length;
    return [...all.slice(first), ...all.slice(0, first)];
  }

  add({ tenant, agent, group }: SubscriptionRecord): void {
    if (group === undefined) return;
    const mailbox = groupMailbox(tenant, group);
    const members = this.#members.get(agentKey(mailbox)) ?? { mailbox, counts: new Map<string, number>() };
    this.#members.set(agentKey(mailbox), members);
    const before = members.counts.get(agent) ?? 0;
    members.counts.set(agent, before + 1);
    if (before > 0) return;
    const member = { tenant, agent };
    this.#groups.set(agentKey(member), [...this.groupsOf(member), mailbox]);
    this.#tell({ kind: 'joined', member, mailbox, members: members.counts.size });
  }

  delete({ tenant, agent, group }: SubscriptionRecord): void {
    if (group === undefined) return;
    const mailbox = groupMailbox(tenant, group);
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
    const member = { tenant, agent };
    const left = this.groupsOf(member).filter((other) => other.agent !== mailbox.agent);
    if (left.length === 0) this.#groups.delete(agentKey(member));
    else this.#groups.set(agentKey(member), left);
    this.#tell({ kind: 'left', member, mailbox, members: counts.size });
  }

  #tell(change: MembershipChange): void {
    for (const listener of this.#listeners) listener(change);
    for (const listener of this.#ofAgents.get(agentKey(change.member)) ?? []) listener(change);
  }
}
