import { AgentError, CharterbusError, type Message, toCharterbusError } from '@charterbus/core-models';
import { Background } from '@charterbus/recovery';
import type { Consumption, Lease } from '../broker/broker.js';
import type { BusContext } from '../context.js';
import type { Eventual } from '../eventual.js';
import { ActiveDelivery } from './active-delivery.js';
import { consumeAll } from './consumptions.js';
import { grantCurrent, proofOf } from './grant.js';
import { haltedError } from './halted.js';
import { Renewals } from './renewals.js';
import { reply } from './reply.js';
import { receiving, type Speaker } from './speaker.js';

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

/** What a handler threw, as the reason of a retry: a code of ours, or that it failed. Its words may hold secrets. */
const reasonOf = (error: unknown): string => (CharterbusError.isInstance(error) ? error.code : 'HANDLER_FAILED');

interface HandlerOutcome {
  readonly answer?: unknown;
  readonly error?: { readonly cause: unknown };
}

const outcomeOf = async (pending: unknown): Promise<HandlerOutcome> => {
  try {
    return { answer: await pending };
  } catch (cause) {
    return { error: { cause } };
  }
};

/** How long a handler is given nothing when nobody knows who is registered: the store needs a moment, not a storm. */
const restMs = 1000;

/** Gives an agent's messages to its handler, at most `credit` at a time, until stopped. */
export class Dispatcher {
  readonly #handler: Handler;
  readonly #speaker: Speaker;
  readonly #context: BusContext;
  readonly #options: Required<HandleOptions>;
  readonly #work: Background;
  readonly #renewals: Renewals;
  #watch: Disposable | undefined;
  #consumption: Consumption | undefined;
  /** Leases that were given in this turn and begin with the next. */
  #given: Lease[] = [];
  #inHand = 0;
  #stopped = false;
  /** Whether the registry does not route to the agent: it is quarantined, or has not been heard of. */
  #away = false;
  /** Runs while nothing is taken, since nobody knows who is registered. */
  #resting: Disposable | undefined;
  #idle: PromiseWithResolvers<void> | undefined;

  constructor(handler: Handler, speaker: Speaker, context: BusContext, options: Required<HandleOptions>) {
    this.#handler = handler;
    this.#speaker = speaker;
    this.#context = context;
    this.#options = options;
    this.#work = new Background((task, error) => context.background.report(task, error));
    this.#renewals = new Renewals(context, options.leaseMs, this.#work);
  }

  /** Runs until stopped. */
  run(): void {
    const room = (): number => (this.#takesNothing ? 0 : this.#options.credit - this.#inHand);
    const consumer = {
      recipient: this.#speaker.reference,
      leaseMs: this.#options.leaseMs,
      get room() {
        return room();
      },
      take: (lease: Lease) => this.#take(lease),
    };
    this.#watch = this.#context.stops.watch(() => this.#halted());
    this.#away = this.#context.registry.route(this.#speaker.reference) === undefined;
    this.#consumption = consumeAll(consumer, this.#context);
  }

  /** Takes no more; resolves when the handler has finished what it has. */
  async stop(): Promise<void> {
    this.#end();
    while (this.#inHand > 0) {
      this.#idle ??= Promise.withResolvers<void>();
      await this.#idle.promise;
    }
    await this.#work.idle();
  }

  get #isOver(): boolean {
    return this.#stopped || this.#context.closing.aborted;
  }

  get #takesNothing(): boolean {
    return this.#isOver || this.#away || this.#resting !== undefined || this.#isHalted;
  }

  get #isHalted(): boolean {
    return this.#context.stops.halts.stops(this.#speaker.reference);
  }

  /** The kill switch was pressed or lifted: what it stops is the handler's no longer, and its effects do not count. */
  #halted(): void {
    const { halts } = this.#context.stops;
    const { tenant } = this.#speaker.agent;
    this.#renewals.stop(({ message }) => this.#isHalted || halts.covers(message, tenant), haltedError());
    if (!this.#isHalted) this.#consumption?.more();
  }

  /** Something has become of the agent or its credential: where it may not be given messages now, nor may it keep any. */
  look(): void {
    try {
      receiving(this.#speaker, this.#context);
      this.#away = false;
    } catch (error) {
      this.#away = true;
      this.#renewals.stop(() => true, toCharterbusError(error));
      this.#endWhereRefused(error);
      return;
    }
    this.#consumption?.more();
  }

  /** Whoever is registered under the id by now may be another agent, and a credential that has ended does not come back. */
  #endWhereRefused(error: unknown): boolean {
    const over =
      AgentError.isInstance(error) && (error.code === 'CREDENTIAL_REFUSED' || error.code === 'SCOPE_REQUIRED');
    if (over) this.#end();
    return over;
  }

  #end(): void {
    this.#stopped = true;
    this.#watch?.[Symbol.dispose]();
    this.#resting?.[Symbol.dispose]();
    this.#consumption?.[Symbol.dispose]();
  }

  /** Whoever handles must not run inside of whoever sends: it begins with the next turn. */
  #take(lease: Lease): void {
    const { pace } = this.#context;
    this.#inHand += 1;
    pace.spend();
    if (this.#given.push(lease) === 1) pace.next(this.#beginAll);
  }

  readonly #beginAll = (): void => {
    const given = this.#given;
    this.#given = [];
    for (const lease of given) {
      if (lease.written === undefined) this.#begin(lease);
      else void this.#beginOnceWritten(lease, lease.written);
    }
  };

  async #beginOnceWritten(lease: Lease, written: Promise<unknown>): Promise<void> {
    try {
      await written;
    } catch (error) {
      this.#context.background.report('grant', error);
      this.#done();
      return;
    }
    this.#begin(lease);
  }

  #begin(lease: Lease): void {
    const granted = this.#mayHave() ? grantCurrent(lease, this.#context) : lease;
    if (granted instanceof Promise) this.#work.track('grant', granted.then(this.#granted));
    else if (granted === undefined) this.#done();
    else if (this.#takesNothing) this.#giveBack(granted);
    else this.#handle(granted);
  }

  #mayHave(): boolean {
    if (this.#takesNothing) return false;
    try {
      receiving(this.#speaker, this.#context);
      return true;
    } catch (error) {
      // Nobody may know who is registered.
      if (!this.#endWhereRefused(error)) this.#rest(error);
      return false;
    }
  }

  #rest(error: unknown): void {
    const { background, timers } = this.#context;
    background.report('claim', error);
    this.#resting = timers.after(restMs, () => {
      this.#resting = undefined;
      this.#consumption?.more();
    });
  }

  readonly #granted = (lease: Lease | undefined): void => {
    if (lease === undefined) this.#done();
    else if (this.#mayHave()) this.#handle(lease);
    else this.#giveBack(lease);
  };

  #giveBack(lease: Lease): void {
    this.#finish('give back', this.#context.broker.settle(proofOf(lease), { kind: 'return' }));
  }

  #handle(lease: Lease): void {
    const delivery = new ActiveDelivery(lease, this.#context);
    const { telemetry } = this.#context;
    telemetry.deliveries.given(lease.entry, lease.entry.leaseUntil - this.#options.leaseMs);
    const work = telemetry.traces
      ? telemetry.process(lease, this.#speaker.agent.id, () => this.#workOn(delivery))
      : this.#workOn(delivery);
    this.#finish('handler', work);
  }

  #workOn(delivery: ActiveDelivery): Eventual<unknown> {
    let answer: unknown;
    try {
      answer = this.#handler(delivery.message, delivery);
    } catch (error) {
      return this.#fail(delivery, error);
    }
    if (answer !== undefined) return this.#await(delivery, answer);
    return delivery.settled ? undefined : delivery.acknowledge();
  }

  /** Waits for the handler, then answers for it; the lease is kept meanwhile. */
  async #await(delivery: ActiveDelivery, pending: unknown): Promise<void> {
    const renewal = this.#renewals.add(delivery);
    try {
      const { answer, error } = await outcomeOf(pending);
      if (delivery.stopped) return;
      if (error !== undefined) await this.#fail(delivery, error.cause);
      else if (answer !== undefined) await this.#answer(delivery, answer);
      else if (!delivery.settled) await delivery.ack();
    } finally {
      this.#renewals.delete(renewal);
    }
  }

  async #fail(delivery: ActiveDelivery, error: unknown): Promise<void> {
    this.#context.background.report('handler', error);
    this.#context.telemetry.handlerFailed(error);
    if (!delivery.settled) await delivery.nack({ reason: reasonOf(error) });
  }

  async #answer(delivery: ActiveDelivery, answer: unknown): Promise<void> {
    try {
      await reply(delivery.message, answer, this.#speaker, this.#context);
    } catch (error) {
      // The work is done and cannot be done again; only its answer may not pass.
      this.#context.background.report('reply', error);
      if (!delivery.settled) await delivery.reject(reasonOf(error));
      return;
    }
    if (!delivery.settled) await delivery.ack();
  }

  /** Makes room when the work has ended. */
  #finish(task: string, work: Eventual<unknown>): void {
    if (!(work instanceof Promise)) {
      this.#done();
      return;
    }
    work.then(this.#done, (error: unknown) => {
      this.#context.background.report(task, error);
      this.#done();
    });
  }

  readonly #done = (): void => {
    const wasFull = this.#inHand >= this.#options.credit;
    this.#inHand -= 1;
    if (this.#inHand === 0) this.#idle?.resolve();
    if (wasFull && !this.#isOver) this.#consumption?.more();
  };
}
