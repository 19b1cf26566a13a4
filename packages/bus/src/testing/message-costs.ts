import {
  type Clock,
  defaultMessageLimits,
  type Receipt,
  systemClock,
  systemRandom,
  uuidV7Source,
} from '@charterbus/core-models';
import { Instruments } from '@charterbus/metering';
import type { Constitution } from '@charterbus/policy-client';
import type { Admission } from '../broker/broker.js';
import type { Entry } from '../broker/entry.js';
import { positionsPerMs } from '../broker/turn.js';
import { Telemetry } from '../telemetry/telemetry.js';
import { MemoryUsage } from '../usage/memory-usage.js';
import { sampleAdmission } from './sample-admission.js';

/** Different messages, so that nothing is known of the next one because it is the same object. */
const samples = 64;

/** One message of a plain way: sent, allowed, given at once, acknowledged. */
interface Sample {
  readonly admission: Admission;
  /** When it is finished. */
  readonly entry: Entry;
  readonly receipt: Receipt;
}

const entryOf = ({ envelope, verdicts: [, verdict], at }: Admission, agent: string, moment: string): Entry => ({
  message: envelope.message.id,
  ordinal: 0,
  recipient: { tenant: 'acme', agent },
  state: 'delivered',
  priority: 1,
  position: at * positionsPerMs,
  attempt: 1,
  token: 1,
  notBefore: 0,
  leaseUntil: 0,
  processBound: true,
  holdUntil: 0,
  expiresAt: 0,
  settledAt: at,
  verdict: verdict as NonNullable<typeof verdict>,
  judgeAgain: false,
  approvals: [],
  history: [
    { at: moment, kind: 'granted', attempt: 1 },
    { at: moment, kind: 'delivered', attempt: 1 },
  ],
});

const samplesAt = ({ now }: Pick<Clock, 'now'>, senders = 1): readonly Sample[] => {
  const at = now();
  const ids = uuidV7Source(systemClock, systemRandom);
  return Array.from({ length: samples }, (_, n) => {
    const admission = sampleAdmission({ ids, now: at, type: 'query', from: `sender-${n % senders}` });
    const { envelope, recipients, verdicts } = admission;
    const receipt: Receipt = {
      messageId: envelope.message.id,
      status: 'accepted',
      verdicts,
      constitutionalHash: 'c'.repeat(16),
      durability: 'memory',
      leafIndex: -1,
      recipients,
    };
    return { admission, entry: entryOf(admission, `worker-${n % senders}`, new Date(at).toISOString()), receipt };
  });
};

/** What one message goes through; the number says which one it is. */
export interface MessageCost {
  readonly message: (n: number) => void;
  /** How many were counted. */
  readonly counted: () => number;
}

/**
 * All that metering adds to a message in memory, and nothing else: a bus cannot be told to do without it, so that there is nothing
 * to compare a whole bus with. Reading what was counted, ten times a second, is not on the message's way.
 *
 * @param senders that take turns, each with a recipient of its own; 64 at the most.
 */
export const meteringOfMessages = (senders: number): MessageCost => {
  const given = samplesAt(systemClock, senders);
  const usage = new MemoryUsage('measured', { enterprise: new Set(), leaves: false });
  const message = (n: number): void => {
    const { admission, entry } = given[n % samples] as Sample;
    usage.admitted(admission);
    usage.changed(entry, entry.history[1] as Entry['history'][number], entry.settledAt);
  };
  const counted = (): number =>
    usage
      .read(0, Number.MAX_SAFE_INTEGER)
      .records.reduce((sum, { operations }) => sum + (operations.agent_message ?? 0), 0);
  return { message, counted };
};

/** All calls of telemetry that a message makes on its way from its draft to its acknowledgement by a handler, in their order. */
export const telemetryOfMessages = (constitution: Constitution): MessageCost & Disposable => {
  const given = samplesAt(systemClock);
  const instruments = new Instruments({ clock: systemClock });
  const telemetry = new Telemetry({ instruments, clock: systemClock, inMemory: true });
  telemetry.follow(constitution);
  const draft = Object.freeze({});
  let spared = 0;
  const judge = (): boolean => telemetry.quiet;
  const admit = ({ admission: { envelope, verdicts }, receipt }: Sample): Receipt => {
    if (telemetry.stamped(undefined, defaultMessageLimits) === undefined) spared += 1;
    telemetry.identified(envelope);
    if (telemetry.quiet) spared += 1;
    for (const { point } of verdicts) {
      telemetry.acting(point);
      void telemetry.constitutions.timed(point, constitution, judge);
    }
    if (telemetry.sparesCommits) spared += 1;
    telemetry.admissions.committed(verdicts, envelope.leastBytes);
    return receipt;
  };
  const message = (n: number): void => {
    const one = given[n % samples] as Sample;
    void telemetry.admission(draft, () => admit(one));
    telemetry.deliveries.given(one.entry, one.entry.settledAt);
    // Before the handler, and before the settlement.
    if (!telemetry.traces) spared += 1;
    if (!telemetry.traces) spared += 1;
    telemetry.deliveries.changed({ entry: one.entry });
  };
  const counted = (): number => instruments.counter('charterbus_settlements_total', 'delivered').value;
  return { message, counted, [Symbol.dispose]: () => instruments[Symbol.dispose]() };
};
