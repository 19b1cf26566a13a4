import {
  type AgentReference,
  agentKey,
  identifierSchema,
  OperationError,
  rfc3339,
  topicPatternSchema,
} from '@charterbus/core-models';
import type { Broker } from '../broker/broker.js';
import { groupOf } from '../broker/mailbox-name.js';
import type { BusContext } from '../context.js';
import type { Membership } from '../membership/membership.js';
import { type ListedSubscription, readGroup, toSubscription } from './read-subscription.js';
import { isHalt, type StopRecord, subscriptionKey } from './topic-records.js';
import type { Topics } from './topics.js';

/**
 * What to pause: an agent's mailbox, a queue group's, the topics that a pattern covers, or every mailbox of a tenant. The
 * tenant is that of the recipients.
 */
export type PauseTarget =
  | { readonly tenant: string; readonly agent: string }
  | { readonly tenant: string; readonly group: string }
  | { readonly tenant: string; readonly topic: string }
  | { readonly tenant: string };

export type Pause = PauseTarget & {
  /** The words of the operator. */
  readonly reason: string;
  /** RFC 3339. */
  readonly since: string;
};

export interface SubscriptionFilter {
  readonly tenant?: string;
  /** With `tenant`. */
  readonly agent?: string;
  /** The `next` of the page before. */
  readonly after?: string;
  /** 1 to 1,000; 100 if not stated. */
  readonly limit?: number;
}

export interface SubscriptionPage {
  readonly subscriptions: readonly ListedSubscription[];
  /** Absent on the last page. */
  readonly next?: string;
}

/** A queue group with what it has. */
export interface GroupState {
  readonly tenant: string;
  readonly group: string;
  /** Ids of the agents that take part; where there are none, what it has becomes dead letters after a time. */
  readonly members: readonly string[];
  /** Messages that are queued, leased or held. */
  readonly unfinished: number;
}

const invalid = (message: string): OperationError => new OperationError('REQUEST_INVALID', message);

const readIdentifier = (value: unknown, name: string): string => {
  const read = identifierSchema.safeParse(value);
  if (read.success) return read.data;
  throw invalid(`${name} ${read.error.issues[0]?.message ?? 'is not valid'}.`);
};

/** @throws OperationError `REQUEST_INVALID`. */
const readTarget = (target: PauseTarget): Pick<StopRecord, 'kind' | 'tenant' | 'name'> => {
  const tenant = readIdentifier(target.tenant, 'tenant');
  if (['agent', 'group', 'topic'].filter((kind) => kind in target).length > 1) {
    throw invalid('One agent, group or topic is paused at a time.');
  }
  if ('agent' in target) return { kind: 'agent', tenant, name: readIdentifier(target.agent, 'agent') };
  if ('group' in target) return { kind: 'group', tenant, name: readGroup(target.group) };
  if (!('topic' in target)) return { kind: 'tenant', tenant, name: '' };
  const pattern = topicPatternSchema.safeParse(target.topic);
  if (!pattern.success) throw invalid(`topic ${pattern.error.issues[0]?.message ?? 'is not valid'}.`);
  return { kind: 'topic', tenant, name: pattern.data };
};

const toPause = ({ kind, tenant, name, reason, since }: StopRecord): Pause => ({
  tenant,
  ...(kind === 'tenant' ? {} : { [kind]: name }),
  reason,
  since: rfc3339(since),
});

const toListed = (record: Parameters<typeof toSubscription>[0]): ListedSubscription => ({
  tenant: record.tenant,
  agent: record.agent,
  ...toSubscription(record),
});

/** What operators see and do of subscriptions, queue groups and pauses. */
export class TopicOperations {
  readonly #topics: Topics;
  readonly #broker: Broker;
  readonly #membership: Membership;

  constructor({ topics, broker, membership }: Pick<BusContext, 'topics' | 'broker' | 'membership'>) {
    this.#topics = topics;
    this.#broker = broker;
    this.#membership = membership;
  }

  async pause(target: PauseTarget, reason: string): Promise<Pause> {
    return toPause(await this.#topics.stops.stop(readTarget(target), reason));
  }

  resume(target: PauseTarget, reason: string): Promise<boolean> {
    return this.#topics.stops.resume(readTarget(target), reason);
  }

  get pauses(): readonly Pause[] {
    return this.#topics.stops.all.filter((record) => !isHalt(record)).map(toPause);
  }

  subscriptions({ tenant, agent, after }: SubscriptionFilter, most: number): SubscriptionPage {
    if (agent !== undefined && tenant === undefined) throw invalid('An agent is stated together with its tenant.');
    const { subscriptions } = this.#topics;
    const all =
      tenant !== undefined && agent !== undefined ? subscriptions.of({ tenant, agent }) : subscriptions.all(tenant);
    const found = [...all]
      .map((record) => ({ key: subscriptionKey(record), record }))
      .filter(({ key }) => after === undefined || key > after)
      .toSorted((left, right) => (left.key < right.key ? -1 : 1));
    const page = found.slice(0, most);
    const last = page.at(-1);
    const listed = page.map(({ record }) => toListed(record));
    return found.length > most && last !== undefined
      ? { subscriptions: listed, next: last.key }
      : { subscriptions: listed };
  }

  /** Those that have members, or messages. */
  async groups(): Promise<readonly GroupState[]> {
    const mailboxes = new Map<string, AgentReference>();
    for (const mailbox of [...this.#membership.mailboxes(), ...(await this.#broker.recipients())]) {
      if (groupOf(mailbox) !== undefined) mailboxes.set(agentKey(mailbox), mailbox);
    }
    const sorted = [...mailboxes.values()].toSorted((left, right) => (agentKey(left) < agentKey(right) ? -1 : 1));
    return Promise.all(
      sorted.map(async (mailbox) => ({
        tenant: mailbox.tenant,
        group: groupOf(mailbox) ?? '',
        members: [...this.#membership.membersOf(mailbox)].toSorted(),
        unfinished: await this.#broker.backlog(mailbox),
      })),
    );
  }
}
