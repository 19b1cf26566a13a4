import type { HistogramCell, Instruments, NumberCell } from '@charterbus/metering';
import type { EntryChange } from '../broker/broker.js';
import type { Entry, HistoryEvent } from '../broker/entry.js';
import { positionsPerMs } from '../broker/turn.js';

interface Ending {
  readonly seconds: HistogramCell;
  readonly count: NumberCell;
}

const endings: Readonly<Partial<Record<HistoryEvent['kind'], string>>> = {
  delivered: 'delivered',
  retried: 'retried',
  returned: 'returned',
  passed: 'passed',
  held: 'held',
  'dead-lettered': 'dead_lettered',
  'lease-expired': 'lease_expired',
};

/** Behind the minutes of an RFC 3339 text. */
const minuteEnd = 16;

const digit = (text: string, place: number): number => text.charCodeAt(place) - 48;

/** Of `…:ss.mmmZ`, in milliseconds. */
const inMinute = (text: string): number =>
  digit(text, 17) * 10_000 + digit(text, 18) * 1000 + digit(text, 20) * 100 + digit(text, 21) * 10 + digit(text, 22);

/** Milliseconds from one moment of a history to another: reading a date costs more than all else that is done with it. */
const between = (earlier: string, later: string): number => {
  if (earlier === later) return 0;
  if (later.startsWith(earlier.slice(0, minuteEnd))) return inMinute(later) - inMinute(earlier);
  return Date.parse(later) - Date.parse(earlier);
};

/** The grant that a change of the entry has ended; nothing where it was not leased. */
const grantBefore = ({ history }: Entry): HistoryEvent | undefined => {
  for (let place = history.length - 2; place >= 0; place--) {
    const event = history[place];
    if (event?.kind === 'granted' && event.reason === undefined) return event;
    // What comes between a grant and its end is a longer lease, or another verdict.
    if (event?.kind !== 'granted' && event?.kind !== 'judged-again') return undefined;
  }
  return undefined;
};

/** Counts leases and how they end, from what the broker says of its entries. */
export class DeliveryMeter {
  readonly #instruments: Instruments;
  readonly #delivered: Ending;
  readonly #wait: HistogramCell;

  constructor(instruments: Instruments) {
    this.#instruments = instruments;
    this.#delivered = this.#ending('delivered');
    this.#wait = instruments.histogram('charterbus_queue_wait_seconds');
  }

  /** A lease comes into its consumer's hands. @param leasedAt wall-clock milliseconds. */
  given({ position, notBefore }: Entry, leasedAt: number): void {
    const since = Math.max(Math.floor(position / positionsPerMs), notBefore);
    this.#wait.observe((leasedAt - since) / 1000);
  }

  changed({ entry, elsewhere }: EntryChange): void {
    const last = entry.history.at(-1);
    // Whoever made the change has counted it.
    if (last === undefined || elsewhere === true) return;
    const outcome = endings[last.kind];
    if (last.kind === 'lease-expired' || (last.kind === 'dead-lettered' && entry.reason === 'LEASE_EXPIRED'))
      this.#instruments.counter('charterbus_lease_expiries_total').add(1);
    if (last.kind === 'dead-lettered')
      this.#instruments.counter('charterbus_dead_letters_total', entry.reason ?? 'other').add(1);
    const grant = outcome === undefined ? undefined : grantBefore(entry);
    if (outcome === undefined || grant === undefined) return;
    const { seconds, count } = last.kind === 'delivered' ? this.#delivered : this.#ending(outcome);
    count.value += 1;
    seconds.observe(between(grant.at, last.at) / 1000);
  }

  #ending(outcome: string): Ending {
    return {
      seconds: this.#instruments.histogram('charterbus_delivery_seconds', outcome),
      count: this.#instruments.counter('charterbus_settlements_total', outcome),
    };
  }
}
