import {
  type Agent,
  AgentError,
  type AgentReference,
  agentKey,
  type Clock,
  coversTopic,
  OperationError,
  registrationOf,
  sameRegistration,
} from '@charterbus/core-models';
import type { Registry } from '@charterbus/registry';
import { groupMailbox, groupOf } from '../broker/mailbox-name.js';
import type { Membership } from '../membership/membership.js';
import { SubjectTrie } from './subject-trie.js';
import { type SubscriptionRecord, subscriptionKey, type TopicRecords } from './topic-records.js';

/** Subscriptions of one agent. */
const mostOfAgent = 256;

/** Whoever is subscribed to a topic. */
export interface Subscribers {
  /** Each once, however many of its patterns match. */
  readonly agents: readonly Agent[];
  /** The names of the queue groups. */
  readonly groups: readonly string[];
}

const nobody: Subscribers = Object.freeze({ agents: Object.freeze([]), groups: Object.freeze([]) });

export interface SubscriptionsOptions {
  readonly records: TopicRecords;
  readonly registry: Registry;
  readonly membership: Membership;
  readonly clock: Clock;
}

type Wanted = Pick<SubscriptionRecord, 'pattern' | 'group'>;

/** Who is subscribed to what: kept by the records, matched in memory. What is of an agent that has gone matches nothing. */
export class Subscriptions {
  readonly #records: TopicRecords;
  readonly #registry: Registry;
  readonly #membership: Membership;
  readonly #clock: Clock;
  /** By agent, then by subscription. */
  readonly #ofAgents = new Map<string, Map<string, SubscriptionRecord>>();
  /** By tenant. */
  readonly #topics = new Map<string, SubjectTrie<SubscriptionRecord>>();
  /** Of agents whose subscriptions are on their way to a commit. */
  readonly #coming = new Map<string, number>();

  constructor({ records, registry, membership, clock }: SubscriptionsOptions) {
    this.#membership = membership;
    this.#records = records;
    this.#registry = registry;
    this.#clock = clock;
  }

  /** Takes in what is kept, and gives up what is of agents that have gone. */
  async open(): Promise<void> {
    const kept = await this.#records.subscriptions();
    for (const record of kept) if (this.#isLive(record)) this.take(record);
    const stale = kept.filter((record) => !this.#isLive(record));
    if (stale.length > 0) await this.#records.unsubscribe(stale);
  }

  /**
   * Resolves after the commit; what is subscribed already stays as it is.
   *
   * @throws OperationError `SUBSCRIPTION_LIMIT_REACHED`; AgentError `CREDENTIAL_REFUSED` where the agent went meanwhile; StoreError.
   */
  async subscribe(agent: Agent, wanted: Wanted): Promise<void> {
    const record = {
      tenant: agent.tenant,
      agent: agent.id,
      revision: registrationOf(agent.revision),
      ...wanted,
      since: this.#clock.now(),
    };
    const key = agentKey(record);
    if (this.#ofAgents.get(key)?.has(subscriptionKey(record)) === true) return;
    const coming = this.#coming.get(key) ?? 0;
    if ((this.#ofAgents.get(key)?.size ?? 0) + coming >= mostOfAgent) {
      throw new OperationError('SUBSCRIPTION_LIMIT_REACHED', `An agent may have ${mostOfAgent} subscriptions.`);
    }
    this.#coming.set(key, coming + 1);
    try {
      await this.#records.subscribe(record);
    } finally {
      const left = (this.#coming.get(key) ?? 1) - 1;
      if (left === 0) this.#coming.delete(key);
      else this.#coming.set(key, left);
    }
    if (this.#isLive(record)) return this.take(record);
    await this.#records.unsubscribe([record]);
    throw new AgentError('CREDENTIAL_REFUSED', 'The agent is no longer registered.');
  }

  /** Whether there was such a subscription. Resolves after the commit. */
  async unsubscribe(agent: AgentReference, wanted: Wanted): Promise<boolean> {
    const record = this.#ofAgents.get(agentKey(agent))?.get(subscriptionKey({ ...agent, ...wanted }));
    if (record === undefined) return false;
    await this.#records.unsubscribe([record]);
    this.drop(record);
    return true;
  }

  /** Ends all subscriptions of an agent that has gone; at once in memory. */
  async forget({ tenant, id, revision }: Agent): Promise<void> {
    const own = this.of({ tenant, agent: id }).filter((record) => sameRegistration(record.revision, revision));
    for (const record of own) this.drop(record);
    if (own.length > 0) await this.#records.unsubscribe(own);
  }

  of(agent: AgentReference): readonly SubscriptionRecord[] {
    return [...(this.#ofAgents.get(agentKey(agent))?.values() ?? [])];
  }

  /** Of all agents, or of one tenant, in no order. */
  *all(tenant?: string): Iterable<SubscriptionRecord> {
    for (const own of this.#ofAgents.values()) {
      for (const record of own.values()) if (tenant === undefined || record.tenant === tenant) yield record;
    }
  }

  matching(tenant: string, topic: string): Subscribers {
    const trie = this.#topics.get(tenant);
    if (trie === undefined) return nobody;
    const agents = new Map<string, Agent>();
    const groups = new Set<string>();
    trie.each(topic, (record) => {
      if (record.group === undefined ? agents.has(record.agent) : groups.has(record.group)) return;
      const agent = this.#registry.find(record);
      if (agent === undefined || !sameRegistration(agent.revision, record.revision)) return;
      if (record.group === undefined) agents.set(record.agent, agent);
      else groups.add(record.group);
    });
    return { agents: [...agents.values()], groups: [...groups] };
  }

  /** Whether the agent takes part in the group by a subscription to the topic. */
  isMember({ tenant, id, revision }: Agent, mailbox: AgentReference, topic: string): boolean {
    const group = groupOf(mailbox);
    if (tenant !== mailbox.tenant) return false;
    const own = this.#ofAgents.get(agentKey({ tenant, agent: id }))?.values() ?? [];
    for (const record of own) {
      const isOwn = record.group === group && sameRegistration(record.revision, revision);
      if (isOwn && coversTopic(record.pattern, topic)) return true;
    }
    return false;
  }

  /** What is subscribed, here or by another process. */
  take(record: SubscriptionRecord): void {
    const { tenant, pattern } = record;
    const own = this.#ofAgents.get(agentKey(record)) ?? new Map<string, SubscriptionRecord>();
    const before = own.get(subscriptionKey(record));
    if (before !== undefined) this.drop(before);
    this.#ofAgents.set(agentKey(record), own);
    own.set(subscriptionKey(record), record);
    const trie = this.#topics.get(tenant) ?? new SubjectTrie<SubscriptionRecord>();
    this.#topics.set(tenant, trie);
    trie.add(pattern, record);
    if (record.group !== undefined) this.#membership.join(record, groupMailbox(tenant, record.group));
  }

  /** What has ended, here or by another process. */
  drop({ revision, ...subscription }: SubscriptionRecord): void {
    const own = this.#ofAgents.get(agentKey(subscription));
    const record = own?.get(subscriptionKey(subscription));
    if (own === undefined || record?.revision !== revision) return;
    own.delete(subscriptionKey(record));
    if (own.size === 0) this.#ofAgents.delete(agentKey(record));
    const trie = this.#topics.get(record.tenant);
    trie?.delete(record.pattern, record);
    if (trie?.isEmpty === true) this.#topics.delete(record.tenant);
    if (record.group !== undefined) this.#membership.leave(record, groupMailbox(record.tenant, record.group));
  }

  #isLive(record: SubscriptionRecord): boolean {
    return sameRegistration(this.#registry.find(record)?.revision, record.revision);
  }
}
