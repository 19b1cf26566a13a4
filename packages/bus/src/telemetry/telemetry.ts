import type { Clock, Envelope, Message, MessageLimits, Receipt, Verdict } from '@charterbus/core-models';
import type { Instruments } from '@charterbus/metering';
import type { Constitution } from '@charterbus/policy-client';
import { context, type Span, SpanKind, trace } from '@opentelemetry/api';
import type { Lease } from '../broker/broker.js';
import type { Eventual } from '../eventual.js';
import { AdmissionMeter } from './admissions.js';
import { aboutAgent, aboutEnvelope, aboutMessage, aboutVerdict, destinationName, operation } from './attributes.js';
import { ConstitutionMeter } from './constitutions.js';
import { DeliveryMeter } from './deliveries.js';
import { contextOf, messageSpanContext, stampedHeaders, statedSpanContext } from './propagation.js';
import { fail, type SpanPlan, Tracing } from './tracing.js';

export interface TelemetryOptions {
  readonly instruments: Instruments;
  readonly clock: Pick<Clock, 'monotonic'>;
  /** Whether commits take no time, since nothing is written anywhere. */
  readonly inMemory: boolean;
}

const sending: SpanPlan = {
  name: 'send',
  options: { kind: SpanKind.PRODUCER, attributes: operation('send', 'send') },
};

/** As codes are written. */
const codePattern = /^[A-Z][A-Z0-9_]{1,63}$/;
const otherReason = '_OTHER';

const judging = (): SpanPlan => ({ name: 'judge', options: { kind: SpanKind.INTERNAL } });
const committing = (): SpanPlan => ({ name: 'commit', options: { kind: SpanKind.INTERNAL } });

/** What the steps of a message's way tell of themselves: numbers always, spans where an SDK is registered. */
export class Telemetry {
  readonly instruments: Instruments;
  readonly admissions: AdmissionMeter;
  readonly deliveries: DeliveryMeter;
  readonly constitutions: ConstitutionMeter;
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #inMemory: boolean;
  readonly #tracing = new Tracing();

  constructor({ instruments, clock, inMemory }: TelemetryOptions) {
    this.instruments = instruments;
    this.admissions = new AdmissionMeter(instruments);
    this.deliveries = new DeliveryMeter(instruments);
    this.constitutions = new ConstitutionMeter(instruments, clock);
    this.#clock = clock;
    this.#inMemory = inMemory;
  }

  /** The whole of an admission. @param draft as the sender hands it in, which may be anything. */
  admission(draft: unknown, admit: () => Eventual<Receipt>): Eventual<Receipt> {
    const { tracer } = this.#tracing;
    if (tracer === undefined) return this.#timed(admit, undefined);
    const active = context.active();
    // Of a sender who has no span here the message may say in which trace it belongs.
    const stated = trace.getSpan(active) === undefined ? statedSpanContext(draft) : undefined;
    const plan = stated === undefined ? sending : { ...sending, parent: contextOf(stated) };
    return this.#tracing.run(tracer, plan, (span) => this.#timed(admit, span));
  }

  /** The headers of a message that is not signed, with the context of its admission. */
  stamped(headers: Message['headers'], limits: MessageLimits): Message['headers'] {
    return this.#tracing.tracer === undefined ? headers : stampedHeaders(headers, limits);
  }

  /** The message has its bytes: the span of its admission tells which it is. */
  identified(envelope: Envelope): void {
    const span = this.#tracing.active;
    if (span === undefined) return;
    const { message } = envelope;
    span.updateName(`send ${destinationName(message.to, message.tenant)}`);
    span.setAttributes({ ...aboutEnvelope(envelope), ...aboutAgent({ id: message.from }) });
  }

  /** Whether nothing is being recorded anywhere in this bus: then steps are spared what they would be wrapped in. */
  get quiet(): boolean {
    return this.#tracing.quiet;
  }

  /** Whether an SDK is registered. */
  get traces(): boolean {
    return this.#tracing.tracer !== undefined;
  }

  /** All judgements of one message before its commit. @param told what the decisive verdict is. */
  judgement<T>(judge: () => Eventual<T>, told: (judged: T) => Verdict): Eventual<T> {
    return this.#tracing.step(judging, () => {
      const span = this.#tracing.active;
      const judged = judge();
      const tell = (known: T): void => void span?.setAttributes(aboutVerdict(told(known)));
      if (!(judged instanceof Promise)) tell(judged);
      else judged.then(tell, () => undefined);
      return judged;
    });
  }

  /** A judgement of a stored message before it is given, or released. */
  again(envelope: Envelope, judge: () => Promise<Verdict>): Promise<Verdict> {
    const { tracer } = this.#tracing;
    if (tracer === undefined) return judge();
    const attributes = { ...aboutMessage(envelope.message), 'charterbus.judged_again': true };
    const plan: SpanPlan = {
      name: 'judge',
      options: { kind: SpanKind.INTERNAL, attributes },
      parent: contextOf(messageSpanContext(envelope.message)),
    };
    return this.#tracing.run(tracer, plan, async (span) => {
      const verdict = await judge();
      span.setAttributes(aboutVerdict(verdict));
      return verdict;
    }) as Promise<Verdict>;
  }

  /** What a judgement is about, once facts were gathered for it. */
  acting(action: string): void {
    if (action !== 'send' && action !== 'receive') this.#tracing.active?.setAttribute('gen_ai.tool.name', action);
  }

  /** Whether a commit need not be told. */
  get sparesCommits(): boolean {
    return this.#inMemory && this.#tracing.quiet;
  }

  /** A commit, from its hand-over to the store. */
  commit<T>(write: () => Eventual<T>): Eventual<T> {
    return this.#tracing.step(committing, () => {
      if (this.#inMemory) return write();
      const began = this.#clock.monotonic();
      const span = this.#reference(this.#tracing.active);
      const written = write();
      const end = (): void => {
        const seconds = (this.#clock.monotonic() - began) / 1000;
        this.instruments.histogram('charterbus_commit_seconds').observe(seconds, span);
      };
      if (!(written instanceof Promise)) end();
      else written.then(end, () => undefined);
      return written;
    });
  }

  /** A lease is in its consumer's hands: what works on it does so inside of the delivery's span. */
  process<T>({ envelope, entry }: Lease, consumer: string, work: () => Eventual<T>): Eventual<T> {
    const { tracer } = this.#tracing;
    if (tracer === undefined) return work();
    return this.#tracing.run(tracer, this.#delivery('process', envelope, entry, consumer), work);
  }

  /** Leases were given to a consumer elsewhere. */
  received({ envelope, entry }: Lease, consumer: string, leasedAt: number): void {
    this.deliveries.given(entry, leasedAt);
    const { tracer } = this.#tracing;
    if (tracer === undefined) return;
    this.#tracing.mark(tracer, this.#delivery('receive', envelope, entry, consumer));
  }

  /** What a consumer says of a delivery. @param id the delivery's. */
  settlement<T>(outcome: string, id: string, settle: () => Eventual<T>): Eventual<T> {
    const { tracer } = this.#tracing;
    if (tracer === undefined) return settle();
    const attributes = {
      ...operation(outcome, 'settle'),
      'messaging.message.id': id.slice(0, id.lastIndexOf('.')),
      'charterbus.delivery.id': id,
    };
    return this.#tracing.run(tracer, { name: 'settle', options: { kind: SpanKind.CLIENT, attributes } }, settle);
  }

  /** What is done inside of a delivery has failed. */
  handlerFailed(error: unknown): void {
    const span = this.#tracing.active;
    if (span !== undefined) fail(span, error);
  }

  /** A delivery ended while nobody was at it: its lease or its time ran out, or a hold ended. */
  endedAlone(message: Message, { state, attempt, reason = 'LEASE_EXPIRED' }: Lease['entry']): void {
    const { tracer } = this.#tracing;
    if (tracer === undefined) return;
    const parent = contextOf(messageSpanContext(message));
    const name = state === 'queued' ? 'lease_expired' : 'dead_letter';
    const attributes = { ...aboutMessage(message), 'charterbus.delivery.attempt': attempt };
    const plan = { name, options: { kind: SpanKind.INTERNAL, attributes }, parent };
    // What consumers and operators say of their reasons in words of their own is theirs.
    this.#tracing.mark(tracer, plan, codePattern.test(reason) ? reason : otherReason);
  }

  /** A constitution is judged under from now on. */
  follow(constitution: Constitution): void {
    this.constitutions.follow(constitution);
  }

  #delivery(
    name: 'process' | 'receive',
    { message, contentBytes }: Envelope,
    entry: Lease['entry'],
    consumer: string,
  ): SpanPlan {
    const sent = messageSpanContext(message);
    return {
      name: `${name} ${destinationName(message.to, message.tenant)}`,
      options: {
        kind: SpanKind.CONSUMER,
        attributes: {
          ...operation(name, name),
          ...aboutMessage(message),
          ...aboutAgent({ id: consumer }),
          'messaging.message.body.size': contentBytes,
          'charterbus.delivery.attempt': entry.attempt,
        },
        ...(sent === undefined ? {} : { links: [{ context: sent }] }),
      },
      parent: contextOf(sent),
    };
  }

  #timed(admit: () => Eventual<Receipt>, span: Span | undefined): Eventual<Receipt> {
    const began = this.#clock.monotonic();
    let receipt: Eventual<Receipt>;
    try {
      receipt = admit();
    } catch (error) {
      this.#refused(error, began, span);
      throw error;
    }
    if (receipt instanceof Promise) {
      receipt.then(
        (known) => this.#received(known, began, span),
        (error: unknown) => this.#refused(error, began, span),
      );
    } else this.#received(receipt, began, span);
    return receipt;
  }

  #received(receipt: Receipt, began: number, span: Span | undefined): void {
    this.admissions.received(receipt, this.#clock.monotonic() - began, this.#reference(span));
  }

  #refused(error: unknown, began: number, span: Span | undefined): void {
    this.admissions.refused(error, this.#clock.monotonic() - began, this.#reference(span));
  }

  #reference(span: Span | undefined) {
    return span?.isRecording() === true ? span.spanContext() : undefined;
  }
}
