import { type Envelope, OperationError, type Verdict } from '@charterbus/core-models';
import type { Lease } from '../broker/broker.js';
import { holderOf } from '../broker/entry.js';
import type { BusContext, JudgingContext } from '../context.js';
import { verdictWithoutPolicies } from './screen.js';

export const haltedError = (): OperationError => new OperationError('HALT_IN_FORCE', 'The kill switch is on.');

/** The denial of a message that the kill switch stops; nothing where it does not. That its recipient is stopped is not told. */
export const haltedDenial = (envelope: Envelope, context: JudgingContext): Verdict | undefined => {
  const { halts } = context.stops;
  const { message } = envelope;
  if (halts.isEmpty || !halts.covers(message, message.tenant)) return undefined;
  return verdictWithoutPolicies(
    envelope,
    { point: 'send', cause: 'halt', code: 'HALT_IN_FORCE', reasons: ['HALT_IN_FORCE'] },
    context,
  );
};

/** Whether nobody may have what is leased: for its sender, its type or its holder. */
export const isHalted = ({ entry, envelope }: Lease, { stops: { halts } }: BusContext): boolean =>
  !halts.isEmpty && (halts.covers(envelope.message, entry.recipient.tenant) || halts.stops(holderOf(entry)));
