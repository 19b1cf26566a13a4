import {
  CharterbusError,
  type Envelope,
  type ErrorCode,
  type MessageType,
  measuredUsage,
  PolicyError,
  type Verdict,
} from '@charterbus/core-models';
import type { QuotaDecision, QuotaRequest } from '@charterbus/metering';
import type { Constitution } from '@charterbus/policy-client';
import type { JudgingContext } from '../context.js';
import { type Eventual, orRejected } from '../eventual.js';
import type { Passage } from './passage.js';
import { verdictWithoutPolicies } from './screen.js';

/** What quotas made of a message on its way. */
export interface QuotaCharge {
  /** Whether they were asked: of one message once. */
  readonly asked: boolean;
  /** Of a denial: when it is worth trying again. */
  readonly retryAfterMs?: number;
  giveBack?(): void;
}

export const notCharged: QuotaCharge = Object.freeze({ asked: false });
const unavailable: QuotaCharge = Object.freeze({ asked: true, retryAfterMs: 1000 });

/** A message as quotas see it. What costs something to know is worked out when somebody asks. */
class AskingMessage implements QuotaRequest {
  readonly message: string;
  readonly tenant: string;
  readonly agent: string;
  readonly type: MessageType;
  readonly #envelope: Envelope;
  readonly #constitution: Constitution;

  constructor(envelope: Envelope, constitution: Constitution) {
    const { id, tenant, from, type } = envelope.message;
    this.message = id;
    this.tenant = tenant;
    this.agent = from;
    this.type = type;
    this.#envelope = envelope;
    this.#constitution = constitution;
  }

  get tool(): string | undefined {
    return this.#constitution.toolOf(this.#envelope.message);
  }

  get bytes(): number {
    return this.#envelope.contentBytes;
  }

  get tokens(): number {
    const { inputTokens, outputTokens } = this.#usage;
    return inputTokens + outputTokens;
  }

  get costMicros(): number {
    return this.#usage.costMicros;
  }

  get #usage() {
    return measuredUsage(this.#envelope.message.usage ?? {});
  }
}

export const quotaRequest = (envelope: Envelope, constitution: Constitution): QuotaRequest =>
  new AskingMessage(envelope, constitution);

const denial = (code: ErrorCode, reasons: readonly string[], envelope: Envelope, context: JudgingContext): Verdict =>
  verdictWithoutPolicies(envelope, { point: 'send', cause: 'quota', code, reasons }, context);

const decided = (
  decision: QuotaDecision,
  passage: Passage,
  envelope: Envelope,
  context: JudgingContext,
): Verdict | undefined => {
  if (decision.allowed) {
    passage.quota = { asked: true, giveBack: () => decision.giveBack() };
    return undefined;
  }
  const { quotas, retryAfterMs } = decision;
  for (const quota of quotas) context.telemetry.instruments.counter('charterbus_quota_denials_total', quota).add(1);
  passage.quota = retryAfterMs === undefined ? { asked: true } : { asked: true, retryAfterMs };
  const code = decision.reason === 'used_up' ? 'QUOTA_EXCEEDED' : 'QUOTA_UNAVAILABLE';
  return denial(code, quotas, envelope, context);
};

/** Counters that do not answer let nobody through. */
const failed = (error: unknown, passage: Passage, envelope: Envelope, context: JudgingContext): Verdict => {
  if (!(PolicyError.isInstance(error) && error.code === 'QUOTA_UNAVAILABLE')) throw error;
  context.background.report('quota', error);
  passage.quota = unavailable;
  return denial('QUOTA_UNAVAILABLE', ['QUOTA_UNAVAILABLE'], envelope, context);
};

/**
 * The denial of a message for which a quota of the constitution has no room, or that nobody can tell of; nothing where there
 * is room, which it has taken by then. At once where the counters answer at once.
 */
export const overQuota = (
  passage: Passage,
  envelope: Envelope,
  context: JudgingContext,
): Eventual<Verdict | undefined> => {
  if (passage.quota.asked) return undefined;
  const quotas = context.quotas.of(context.constitution);
  if (quotas === undefined) return undefined;
  const request = quotaRequest(envelope, context.constitution);
  const decision = orRejected(() => quotas.take(request));
  if (!(decision instanceof Promise)) return decided(decision, passage, envelope, context);
  return decision.then(
    (known) => decided(known, passage, envelope, context),
    (error: unknown) => failed(error, passage, envelope, context),
  );
};

/** The message may be there all the same. */
const mayBeKept: ReadonlySet<string> = new Set(['STORE_OUTCOME_UNKNOWN', 'DURABILITY_NOT_REACHED']);

/** A message that was not accepted uses up no budget. */
export const giveBackQuota = ({ quota }: Passage, error: unknown): void => {
  if (CharterbusError.isInstance(error) && mayBeKept.has(error.code)) return;
  quota.giveBack?.();
};
