import { CharterbusError, type Message, type MessageType, type Timers } from '@charterbus/core-models';
import { Background } from '../background.js';
import type { ClaimRequest, Lease } from '../broker/broker.js';
import type { BusContext } from '../context.js';
import { ActiveDelivery } from './active-delivery.js';
import { admit } from './admit.js';
import { claimGranted } from './grant.js';
import { isRegistered, type Speaker } from './identify.js';

/**
 * Given each message; what it returns, unless `undefined`, is sent back as the reply. When it returns, the delivery is
 * acknowledged; when it throws, the delivery is tried again; it may also settle the delivery itself.
 */
export type Handler = (message: Message, delivery: ActiveDelivery) => unknown;

export interface HandleOptions {
  /** The most messages in the handler's hands at a time. */
  readonly credit?: number;
  /** How long a lease lasts, in milliseconds; it is renewed at half its time while the handler works. */
  readonly leaseMs?: number;
}

export const defaultHandleOptions = Object.freeze({ credit: 16, leaseMs: 30_000 });

const replyTypes: Readonly<Partial<Record<MessageType, MessageType>>> = {
  task_request: 'task_response',
  governance_request: 'governance_response',
};

const reply = async (message: Message, content: unknown, speaker: Speaker, context: BusContext): Promise<void> => {
  const draft = {
    to: { agent: message.from, tenant: message.tenant },
    type: replyTypes[message.type] ?? 'response',
    content,
    inReplyTo: message.id,
    ...(message.conversationId === undefined ? {} : { conversationId: message.conversationId }),
    priority: message.priority,
  };
  await admit(draft, speaker, context, { signal: context.closing });
};

/** Keeps the lease while the handler works. */
const renew = (delivery: ActiveDelivery, leaseMs: number, { timers }: BusContext, work: Background): Disposable => {
  let timer: Disposable;
  const arm = (): void => {
    timer = timers.after(leaseMs / 2, () => {
      if (delivery.settled || delivery.signal.aborted) return;
      work.run('lease renewal', () => delivery.extend(leaseMs));
      arm();
    });
  };
  arm();
  return { [Symbol.dispose]: () => timer[Symbol.dispose]() };
};

/** What a handler threw, as the reason of a retry: a code of ours, or that it failed. Its words may hold secrets. */
const reasonOf = (error: unknown): string => (CharterbusError.isInstance(error) ? error.code : 'HANDLER_FAILED');

const claimRetryMs = 1000;

/** Waits; an abort ends it at once. */
const pause = async (milliseconds: number, timers: Timers, signal: AbortSignal): Promise<void> => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const end = (): void => resolve();
  signal.addEventListener('abort', end, { once: true });
  using _timer = timers.after(milliseconds, end);
  if (signal.aborted) end();
  await promise;
  signal.removeEventListener('abort', end);
};

/** Gives an agent's messages to its handler, at most `credit` at a time, until stopped. */
export class Dispatcher {
  readonly #handler: Handler;
  readonly #speaker: Speaker;
  readonly #context: BusContext;
  readonly #options: Required<HandleOptions>;
  readonly #work: Background;
  readonly #stopping = new AbortController();
  #running: Promise<void> = Promise.resolve();
  #inHand = 0;
  #free = Promise.withResolvers<void>();

  constructor(handler: Handler, speaker: Speaker, context: BusContext, options: Required<HandleOptions>) {
    this.#handler = handler;
    this.#speaker = speaker;
    this.#context = context;
    this.#options = options;
    this.#work = new Background((task, error) => context.background.report(task, error));
  }

  /** Runs until stopped. */
  run(): Promise<void> {
    this.#running = this.#run();
    return this.#running;
  }

  async #run(): Promise<void> {
    const { credit, leaseMs } = this.#options;
    const signal = AbortSignal.any([this.#stopping.signal, this.#context.closing]);
    while (!signal.aborted) {
      const free = credit - this.#inHand;
      if (free <= 0) {
        await this.#free.promise;
        continue;
      }
      const request = { max: free, leaseMs, waitMs: Number.POSITIVE_INFINITY, durable: false };
      const leases = await this.#claim(request, signal);
      for (const lease of leases) this.#begin(new ActiveDelivery(lease, this.#context));
      // Nothing without an abort means that the broker gives no more leases, or none to this agent.
      if (leases.length === 0) break;
    }
  }

  /** Claims; where the broker fails, tells it and goes on trying: a handler does not end with the disk's bad moment. */
  async #claim(request: Omit<ClaimRequest, 'recipient'>, signal: AbortSignal): Promise<readonly Lease[]> {
    const { agent } = this.#speaker;
    for (;;) {
      try {
        return await claimGranted(agent, request, this.#context, signal);
      } catch (error) {
        if (!isRegistered(agent, this.#context)) return [];
        this.#context.background.report('claim', error);
        await pause(claimRetryMs, this.#context.timers, signal);
        if (signal.aborted) return [];
      }
    }
  }

  /** Takes no more; resolves when the handler has finished what it has. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    // What was leased and is being judged goes back first.
    await this.#running;
    await this.#work.idle();
  }

  #begin(delivery: ActiveDelivery): void {
    this.#inHand += 1;
    this.#work.run('handler', async () => {
      try {
        await this.#handle(delivery);
      } finally {
        this.#inHand -= 1;
        this.#free.resolve();
        this.#free = Promise.withResolvers<void>();
      }
    });
  }

  async #handle(delivery: ActiveDelivery): Promise<void> {
    using _renewal = renew(delivery, this.#options.leaseMs, this.#context, this.#work);
    let answer: unknown;
    try {
      answer = await this.#handler(delivery.message, delivery);
    } catch (error) {
      this.#context.background.report('handler', error);
      if (!delivery.settled) await delivery.nack({ reason: reasonOf(error) });
      return;
    }
    await this.#answer(delivery, answer);
  }

  async #answer(delivery: ActiveDelivery, answer: unknown): Promise<void> {
    if (answer !== undefined) {
      try {
        await reply(delivery.message, answer, this.#speaker, this.#context);
      } catch (error) {
        // The work is done and cannot be done again; only its answer may not pass.
        this.#context.background.report('reply', error);
        if (!delivery.settled) await delivery.reject(reasonOf(error));
        return;
      }
    }
    if (!delivery.settled) await delivery.ack();
  }
}
