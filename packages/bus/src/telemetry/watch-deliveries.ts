import type { EntryChange } from '../broker/broker.js';
import type { BusContext } from '../context.js';
import { whenKnown } from '../eventual.js';

/** What ends without a consumer, or without success. */
const isEnd = ({ entry, elsewhere }: EntryChange): boolean => {
  const kind = entry.history.at(-1)?.kind;
  return elsewhere !== true && (kind === 'lease-expired' || kind === 'dead-lettered' || kind === 'refused');
};

/** Counts how leases end, and puts the ends that no consumer sees into the trace of their message. */
export const watchDeliveries = ({ broker, telemetry, background }: BusContext): Disposable =>
  broker.watch((change) => {
    telemetry.deliveries.changed(change);
    if (!isEnd(change) || !telemetry.traces) return;
    const { entry } = change;
    background.run('telemetry', () =>
      whenKnown(broker.reader.envelope(entry.message), (envelope) => {
        if (envelope !== undefined) telemetry.endedAlone(envelope.message, entry);
      }),
    );
  });

/** Numbers that the bus has at hand are read when somebody looks. */
export const readCounts = ({ broker, life, telemetry }: BusContext): void => {
  const { constitutions, instruments } = telemetry;
  instruments.read('charterbus_queue_messages', () => {
    const { queued, leased, held } = broker.counts;
    return [
      [queued, 'queued'],
      [leased, 'leased'],
      [held, 'held'],
    ];
  });
  constitutions.read(() => life.current.cacheCounts);
};
