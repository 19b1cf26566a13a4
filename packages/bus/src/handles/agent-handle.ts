import {
  type Agent,
  type CharterbusError,
  type Delivery,
  type Durability,
  type Message,
  type MessageDraft,
  OperationError,
  type Receipt,
  sameRegistration,
  toCharterbusError,
} from '@charterbus/core-models';
import type { AgentState, Credential } from '@charterbus/registry';
import type { BusContext } from '../context.js';
import type { Lifecycle } from '../lifecycle.js';
import { type RequestOptions, request } from '../requests/request.js';
import {
  type AgentSubscription,
  bySubscription,
  readSubscription,
  type SubscribeOptions,
  toSubscription,
} from '../topics/read-subscription.js';
import { type MessageTrace, traceFor } from '../trace/message-trace.js';
import { type ActiveDelivery, leaseBounds, longestDelayMs } from '../way/active-delivery.js';
import { admit } from '../way/admit.js';
import { claimGranted } from '../way/claim.js';
import { Dispatcher, defaultHandleOptions, type HandleOptions, type Handler } from '../way/dispatch.js';
import { readDurability, withDurability } from '../way/durability.js';

import { readMilliseconds, readReason, settle, toDelivery } from '../way/settle.js';
import { acting, checkSpeaking, receiving, type Speaker, settling, speaking } from '../way/speaker.js';
import { nextTurn } from '../way/turns.js';
import { type StreamOptions, streamDeliveries } from './delivery-stream.js';
import type { Subscription } from './subscription.js';

/** What became of one message of a batch. */
export type BatchResult =
  | { readonly status: 'accepted' | 'held'; readonly receipt: Receipt }
  | { readonly status: 'refused'; readonly error: CharterbusError };

export interface SendOptions {
  readonly signal?: AbortSignal;
  /** What the message has to survive at least. Default: whatever the store reaches; the receipt says what that was. */
  readonly durability?: Durability;
}

export interface ClaimOptions {
  /** The most deliveries to take; 1 to 1,000. */
  readonly max: number;
  /** How long to wait for the first, in milliseconds; 0 looks once. */
  readonly waitMs: number;
  readonly leaseMs: number;
  readonly signal: AbortSignal;
}

/** Proof of a lease as a remote consumer states it. */
export interface DeliveryProof {
  readonly deliveryId: string;
  readonly fencingToken: number;
}

const batchLimit = 10_000;
/** After so many milliseconds of a batch others get their turn. */
const batchTurnMs = 10;

const readCount = (value: number, name: string, most: number): void => {
  if (!Number.isInteger(value) || value < 1 || value > most) {
    throw new OperationError('REQUEST_INVALID', `${name} must be a whole number from 1 to ${most}.`);
  }
};

/**
 * The only way to send, receive and settle as an agent. Got by registering the agent or by showing its token; it says
 * nothing that the bus would have to believe.
 */
export class AgentHandle {
  readonly #speaker: Speaker;
  readonly #context: BusContext;
  readonly #lifecycle: Lifecycle;

  constructor(speaker: Speaker, context: BusContext, lifecycle: Lifecycle) {
    this.#speaker = speaker;
    this.#context = context;
    this.#lifecycle = lifecycle;
  }

  /** As it is now; as it was last, where it is no longer registered. */
  get agent(): Agent {
    const { agent, reference } = this.#speaker;
    const found = this.#context.registry.find(reference);
    return found !== undefined && sameRegistration(found.revision, agent.revision) ? found : agent;
  }

  /** By what it was let in. Absent where the agent was registered in this process, and the handle itself is what is held. */
  get credential(): Credential | undefined {
    return this.#speaker.authenticated?.credential;
  }

  /**
   * Says that the agent is there, where it was registered with a lease.
   *
   * @throws AgentError `CREDENTIAL_REFUSED`, `AGENT_QUARANTINED`; StoreError.
   */
  async heartbeat(signal?: AbortSignal): Promise<AgentState> {
    checkSpeaking(this.#speaker, this.#context);
    return this.#context.registry.heartbeat(this.#speaker.reference, signal);
  }

  /**
   * Resolves after the commit; rejects with the denial, whose `details` hold the reasons and the message's id.
   *
   * @throws MessageError `DURABILITY_NOT_REACHED` with the receipt in its details, where it is accepted less durably than
   * demanded.
   */
  async send(draft: MessageDraft, { signal = this.#context.closing, durability }: SendOptions = {}): Promise<Receipt> {
    this.#lifecycle.checkAccepting();
    if (durability === undefined) return admit(draft, this.#speaker, this.#context, { signal });
    readDurability(durability);
    return withDurability(await admit(draft, this.#speaker, this.#context, { signal }), durability);
  }

  /** To every other agent of the tenant. */
  broadcast(draft: Omit<MessageDraft, 'to'>, options: SendOptions = {}): Promise<Receipt> {
    return this.send({ ...draft, to: { everyone: true } }, options);
  }

  /** Each message on its own; results in the order of the drafts. At most 10,000. */
  async sendBatch(drafts: readonly MessageDraft[], options: SendOptions = {}): Promise<readonly BatchResult[]> {
    readCount(drafts.length, 'The number of messages', batchLimit);
    const { clock } = this.#context;
    const results: Promise<BatchResult>[] = [];
    let begun = clock.monotonic();
    // A copy: the caller's list may change between the turns.
    for (const draft of drafts.slice()) {
      results.push(this.#sendOne(draft, options));
      if (clock.monotonic() - begun < batchTurnMs) continue;
      await nextTurn();
      begun = clock.monotonic();
    }
    return Promise.all(results);
  }

  /** Never rejects. */
  async #sendOne(draft: MessageDraft, options: SendOptions): Promise<BatchResult> {
    try {
      const receipt = await this.send(draft, options);
      return { status: receipt.status, receipt };
    } catch (error) {
      return { status: 'refused', error: toCharterbusError(error) };
    }
  }

  /** Sends and waits for the first reply; see `RequestOptions`. */
  async request(draft: MessageDraft, options: RequestOptions = {}): Promise<Message> {
    this.#lifecycle.checkAccepting();
    return request(draft, this.#speaker, this.#context, options);
  }

  /**
   * Gives each message to `handler`. An agent has at most one handler.
   *
   * @throws AgentError `CREDENTIAL_REFUSED` where the agent is gone; OperationError `HANDLER_EXISTS`.
   */
  handle(handler: Handler, options: HandleOptions = {}): Subscription {
    const { credit, leaseMs } = { ...defaultHandleOptions, ...options };
    readCount(credit, 'credit', 10_000);
    readMilliseconds(leaseMs, 'leaseMs', leaseBounds);
    receiving(this.#speaker, this.#context);
    const dispatcher = new Dispatcher(handler, this.#speaker, this.#context, { credit, leaseMs });
    return this.#lifecycle.attach(this.agent, dispatcher);
  }

  /** The messages one by one, for `for await`. */
  deliveries(options: StreamOptions = {}): AsyncGenerator<ActiveDelivery, void, void> {
    if (options.leaseMs !== undefined) readMilliseconds(options.leaseMs, 'leaseMs', leaseBounds);
    return streamDeliveries(this.#speaker, this.#context, options);
  }

  /**
   * Takes deliveries for a consumer that may outlive this process: each lease is committed before it is given.
   *
   * @throws AgentError `CREDENTIAL_REFUSED`, also where the agent was unregistered while it waited.
   */
  async claim({ max, waitMs, leaseMs, signal }: ClaimOptions): Promise<readonly Delivery[]> {
    readCount(max, 'max', 1000);
    readMilliseconds(leaseMs, 'leaseMs', leaseBounds);
    readMilliseconds(waitMs, 'waitMs', { least: 0, most: 60_000 });
    const leases = await claimGranted(this.#speaker, { max, waitMs, leaseMs, durable: true }, this.#context, signal);
    return leases.map(toDelivery);
  }

  async ack(proof: DeliveryProof): Promise<void> {
    await settle(this.#speaker, proof, { kind: 'ack' }, this.#context);
  }

  async nack(
    proof: DeliveryProof,
    options: { readonly reason?: string; readonly delayMs?: number } = {},
  ): Promise<void> {
    const reason = readReason(options.reason, 'NACKED');
    const { delayMs } = options;
    if (delayMs !== undefined) readMilliseconds(delayMs, 'delayMs', { least: 0, most: longestDelayMs });
    const outcome = { kind: 'nack', reason, ...(delayMs === undefined ? {} : { delayMs }) } as const;
    await settle(this.#speaker, proof, outcome, this.#context);
  }

  async reject(proof: DeliveryProof, reason?: string): Promise<void> {
    await settle(this.#speaker, proof, { kind: 'reject', reason: readReason(reason, 'REJECTED') }, this.#context);
  }

  /** Gives a delivery back as if it had never been claimed: its answer did not reach the consumer. */
  async giveBack(proof: DeliveryProof): Promise<void> {
    await settle(this.#speaker, proof, { kind: 'return' }, this.#context);
  }

  /** Resolves with the moment at which the lease now ends, RFC 3339. */
  async extend({ deliveryId, fencingToken }: DeliveryProof, leaseMs: number): Promise<string> {
    readMilliseconds(leaseMs, 'leaseMs', leaseBounds);
    settling(this.#speaker, this.#context);
    const recipient = this.#speaker.reference;
    const entry = await this.#context.broker.extend({ deliveryId, fencingToken, recipient }, leaseMs, true);
    return new Date(entry.leaseUntil).toISOString();
  }

  /**
   * Takes part in topics of its tenant: each message that is published to one that the pattern covers comes to this agent,
   * or to one of those who are subscribed in the same queue group. Policies decide at `receive` about each. Durable; it
   * ends with the agent, not with the handle.
   *
   * @param pattern `orders.eu.created`, `orders.*.created` or `orders.>`.
   * @throws OperationError `REQUEST_INVALID` or `SUBSCRIPTION_LIMIT_REACHED`; AgentError `CREDENTIAL_REFUSED`; StoreError.
   */
  async subscribe(pattern: string, { group }: SubscribeOptions = {}): Promise<void> {
    this.#lifecycle.checkAccepting();
    const wanted = readSubscription(pattern, group);
    const agent = acting(this.#speaker, 'subscribe', this.#context);
    await this.#context.topics.subscriptions.subscribe(agent, wanted);
  }

  /** Whether there was such a subscription; what it brought stays. Throws as `subscribe` does. */
  async unsubscribe(pattern: string, { group }: SubscribeOptions = {}): Promise<boolean> {
    const wanted = readSubscription(pattern, group);
    acting(this.#speaker, 'subscribe', this.#context);
    return this.#context.topics.subscriptions.unsubscribe(this.#speaker.reference, wanted);
  }

  /** Its own, in the order of their patterns. */
  get subscriptions(): readonly AgentSubscription[] {
    return this.#context.topics.subscriptions.of(this.#speaker.reference).map(toSubscription).toSorted(bySubscription);
  }

  /** The way of a message that this agent sent or was given. Of another's it says what it says of none. */
  async trace(messageId: string): Promise<MessageTrace> {
    return traceFor(messageId, speaking(this.#speaker, 'read', this.#context), this.#context);
  }
}
