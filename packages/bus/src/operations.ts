import {
  type Agent,
  AgentError,
  type AgentReference,
  MessageError,
  type MessageStatus,
  OperationError,
  toCharterbusError,
} from '@charterbus/core-models';
import type { AgentFilter, AgentPage, Registration } from '@charterbus/registry';
import { deliveryId, type Entry, parseDeliveryId } from './broker/entry.js';
import type { Leaf } from './broker/journal.js';
import { isShared } from './broker/mailbox-name.js';
import type { BusContext } from './context.js';
import { IdentityOperations } from './identity/identity-operations.js';
import { ConstitutionOperations } from './life/constitution-operations.js';
import { KillSwitch } from './stops/kill-switch.js';
import {
  type GroupState,
  type Pause,
  type PauseTarget,
  type SubscriptionFilter,
  type SubscriptionPage,
  TopicOperations,
} from './topics/topic-operations.js';
import { type DeadLetter, type DeadLetterSelection, selectedBy, toDeadLetter } from './trace/dead-letter.js';
import { type MessageTrace, traceForOperator } from './trace/message-trace.js';
import { UsageOperations } from './usage/usage-operations.js';
import { releaseHeld } from './way/release.js';
import { readReason } from './way/settle.js';

export interface MessageSummary {
  readonly id: string;
  readonly tenant: string;
  readonly from: string;
  readonly status: MessageStatus;
  readonly createdAt: string;
}

export interface RedriveRequest extends DeadLetterSelection {
  /** 1 to 1,000; 100 if not stated. */
  readonly limit?: number;
}

export interface RedriveResult {
  readonly redriven: number;
  /** How many could not be, by the code of the error. */
  readonly failed: Readonly<Record<string, number>>;
}

export interface Page<T> {
  readonly items: readonly T[];
  /** State it as `before` to get the next page; absent on the last. */
  readonly next?: string;
}

export interface PageRequest {
  readonly before?: string;
  /** 1 to 1,000; 100 if not stated. */
  readonly limit?: number;
}

/** What became of a decision about a held message. */
export interface DecisionResult {
  readonly messageId: string;
  readonly deliveries: readonly { readonly id: string; readonly state: Entry['state']; readonly reason?: string }[];
}

const readLimit = (limit = 100): number => {
  if (Number.isInteger(limit) && limit >= 1 && limit <= 1000) return limit;
  throw new OperationError('REQUEST_INVALID', 'limit must be a whole number from 1 to 1000.');
};

/** Of one more item than a page has: whether there is another page is then known, not guessed. */
const pageOf = <T extends { readonly id: string }>(found: readonly T[], most: number): Page<T> => {
  const items = found.slice(0, most);
  const last = items.at(-1);
  return found.length > most && last !== undefined ? { items, next: last.id } : { items };
};

const readDeadLetterId = (before: string): Pick<Entry, 'message' | 'ordinal'> => {
  const parsed = parseDeliveryId(before);
  if (parsed !== undefined) return parsed;
  throw new OperationError('REQUEST_INVALID', 'before must be the id of a dead letter.');
};

const codeOf = (error: unknown): string => toCharterbusError(error).code;

const countsOf = (codes: readonly string[]): Readonly<Record<string, number>> =>
  Object.fromEntries([...Map.groupBy(codes, (code) => code)].map(([code, all]) => [code, all.length]));

/** What an operator may do. Whoever made the bus is one; on the server it takes the operator's token. */
export class Operations {
  readonly constitution: ConstitutionOperations;
  readonly identity: IdentityOperations;
  readonly killSwitch: KillSwitch;
  readonly usage: UsageOperations;
  readonly #context: BusContext;
  readonly #topics: TopicOperations;

  constructor(context: BusContext) {
    this.#context = context;
    this.identity = new IdentityOperations(context);
    this.killSwitch = new KillSwitch(context);
    this.usage = new UsageOperations(context);
    this.#topics = new TopicOperations(context);
    this.constitution = new ConstitutionOperations(context);
  }

  register(draft: unknown): Promise<Registration> {
    return this.#context.registry.register(draft);
  }

  /** @throws AgentError `AGENT_NOT_REGISTERED`. */
  agent(reference: AgentReference): Agent {
    const agent = this.#context.registry.find(reference);
    if (agent === undefined) throw new AgentError('AGENT_NOT_REGISTERED', 'There is no such agent.');
    return agent;
  }

  /** @throws OperationError `REQUEST_INVALID` for a limit out of bounds. */
  agents(filter: AgentFilter = {}): AgentPage {
    return this.#context.registry.list(filter);
  }

  /** What is queued for the agent becomes dead letters. */
  unregister(reference: AgentReference): Promise<void> {
    return this.#context.registry.unregister(reference);
  }

  async messages({
    status,
    before,
    limit,
  }: PageRequest & { readonly status?: MessageStatus } = {}): Promise<Page<MessageSummary>> {
    const most = readLimit(limit);
    const filter = {
      limit: most + 1,
      ...(status === undefined ? {} : { status }),
      ...(before === undefined ? {} : { before }),
    };
    const listed = await this.#context.broker.reader.list(filter);
    const found = listed.map((record) => ({
      id: record.id,
      tenant: record.tenant,
      from: record.from,
      status: record.status,
      createdAt: new Date(record.createdAt).toISOString(),
    }));
    return pageOf(found, most);
  }

  /** @throws MessageError `MESSAGE_NOT_FOUND` or `MESSAGE_GONE`. */
  trace(messageId: string): Promise<MessageTrace> {
    return traceForOperator(messageId, this.#context);
  }

  async leaf(index: number): Promise<Leaf | undefined> {
    return this.#context.broker.reader.leaf(index);
  }

  async leafCount(): Promise<number> {
    return this.#context.broker.reader.leafCount();
  }

  /**
   * Approves what a held message waits for: it is judged again under that approval and, if nothing new escalates or
   * denies, made deliverable, once.
   *
   * @throws MessageError `MESSAGE_NOT_HELD` or `MESSAGE_NOT_FOUND`.
   */
  async release(messageId: string, reason: string): Promise<DecisionResult> {
    const words = readReason(reason, 'RELEASED');
    const decided = await releaseHeld(await this.#held(messageId), words, this.#context);
    return this.#result(messageId, decided);
  }

  /** @throws MessageError `MESSAGE_NOT_HELD` or `MESSAGE_NOT_FOUND`. */
  async refuse(messageId: string, reason: string): Promise<DecisionResult> {
    const words = readReason(reason, 'REFUSED');
    const { broker } = this.#context;
    const held = await this.#held(messageId);
    const decided = await Promise.all(
      held.map((entry) => broker.decide(deliveryId(entry), { kind: 'refuse', reason: words })),
    );
    return this.#result(messageId, decided);
  }

  async deadLetters({ before, limit, ...wanted }: PageRequest & DeadLetterSelection = {}): Promise<Page<DeadLetter>> {
    const most = readLimit(limit);
    const page = { limit: most + 1, ...(before === undefined ? {} : { before: readDeadLetterId(before) }) };
    const found = await this.#context.broker.reader.deadLetters({ ...page, ...selectedBy(wanted) });
    return pageOf(found.map(toDeadLetter), most);
  }

  /**
   * Queues dead letters again: the newest, at most `limit` of them, in the order in which they stood. Those that cannot
   * be are counted and stay.
   *
   * @throws OperationError `REQUEST_INVALID` for a limit out of bounds.
   */
  async redriveMany({ limit, ...wanted }: RedriveRequest = {}, reason?: string): Promise<RedriveResult> {
    const words = readReason(reason, 'REDRIVEN');
    const letters = await this.#context.broker.reader.deadLetters({ ...selectedBy(wanted), limit: readLimit(limit) });
    const inOrder = letters.toSorted((left, right) => left.position - right.position);
    const outcomes = await Promise.allSettled(inOrder.map((letter) => this.redrive(deliveryId(letter), words)));
    const failures = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [codeOf(outcome.reason)] : []));
    return { redriven: outcomes.length - failures.length, failed: countsOf(failures) };
  }

  /**
   * Gives up a dead letter for good; its leaf says who did what and why.
   *
   * @throws MessageError `DEAD_LETTER_NOT_FOUND`.
   */
  async drop(id: string, reason = 'DROPPED'): Promise<DeadLetter['messageId']> {
    const { message } = await this.#context.broker.drop(id, readReason(reason, 'DROPPED'));
    return message;
  }

  /**
   * Queues a dead letter again; it is judged again before anyone gets it.
   *
   * @throws MessageError `DEAD_LETTER_NOT_FOUND`, `MESSAGE_EXPIRED`, or `RECIPIENT_UNREACHABLE`: it is a dead letter again.
   */
  async redrive(id: string, reason = 'REDRIVEN'): Promise<DeadLetter['messageId']> {
    const { broker, registry, sharedMailboxes } = this.#context;
    const { message, recipient } = await broker.redrive(id, readReason(reason, 'REDRIVEN'));
    const isThere = isShared(recipient) ? sharedMailboxes.has(recipient) : registry.find(recipient) !== undefined;
    if (isThere) return message;
    // Nobody would ever ask for it, and no unregistration is to come that would end it.
    await broker.abandon(recipient, 'RECIPIENT_UNREACHABLE');
    throw new MessageError('RECIPIENT_UNREACHABLE', 'The recipient is no longer there.');
  }

  /**
   * From when this resolves on nothing of it is leased to anybody, also after a restart, until it is resumed: what is in hand
   * may settle, what expires does. Audited.
   *
   * @throws OperationError `REQUEST_INVALID` or `PAUSE_LIMIT_REACHED`; StoreError.
   */
  async pause(target: PauseTarget, reason?: string): Promise<Pause> {
    return this.#topics.pause(target, readReason(reason, 'PAUSED'));
  }

  /** Whether it was paused. Audited where it was. Throws as `pause` does. */
  async resume(target: PauseTarget, reason?: string): Promise<boolean> {
    return this.#topics.resume(target, readReason(reason, 'RESUMED'));
  }

  /** Oldest first. */
  get pauses(): readonly Pause[] {
    return this.#topics.pauses;
  }

  /** By tenant, agent and pattern, page by page. @throws OperationError `REQUEST_INVALID`. */
  subscriptions(filter: SubscriptionFilter = {}): SubscriptionPage {
    return this.#topics.subscriptions(filter, readLimit(filter.limit));
  }

  /** Queue groups that have members, or messages. */
  groups(): Promise<readonly GroupState[]> {
    return this.#topics.groups();
  }

  async #held(messageId: string): Promise<readonly Entry[]> {
    const { broker } = this.#context;
    const entries = await broker.held(messageId);
    if (entries.length > 0) return entries;
    await traceForOperator(messageId, this.#context);
    throw new MessageError('MESSAGE_NOT_HELD', 'The message does not wait for a decision, or no longer.');
  }

  #result(messageId: string, decided: readonly Entry[]): DecisionResult {
    const deliveries = decided.map((entry) => ({
      id: deliveryId(entry),
      state: entry.state,
      ...(entry.reason === undefined ? {} : { reason: entry.reason }),
    }));
    return { messageId, deliveries };
  }
}
