import type { Found, HistoryEvent, Leased, Settled, Settling } from './events.js';

type Kind = HistoryEvent['kind'];
type Of<K extends Kind> = Extract<HistoryEvent, { readonly kind: K }>;

/** A history by what is asked of it. */
export class Run {
  readonly #events: ReadonlyMap<Kind, readonly HistoryEvent[]>;
  readonly found: ReadonlyMap<string, Found>;

  constructor(events: readonly HistoryEvent[]) {
    this.#events = Map.groupBy(events, ({ kind }) => kind);
    this.found = new Map(this.of('found').map((found) => [found.message, found]));
  }

  of<K extends Kind>(kind: K): readonly Of<K>[] {
    return (this.#events.get(kind) ?? []) as readonly Of<K>[];
  }

  get leases(): ReadonlyMap<string, readonly Leased[]> {
    return Map.groupBy(this.of('leased'), ({ delivery }) => delivery);
  }

  get settlings(): ReadonlyMap<string, readonly Settling[]> {
    return Map.groupBy(this.of('settling'), ({ delivery }) => delivery);
  }

  get settled(): ReadonlyMap<string, readonly Settled[]> {
    return Map.groupBy(this.of('settled'), ({ delivery }) => delivery);
  }
}
