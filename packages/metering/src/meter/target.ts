import type { UsageEntry, UsageLedger } from '../ledger/usage-ledger.js';
import type { UsageSink } from '../sinks/usage-sink.js';

/** Where one pump pumps to: the ledger, or a sink. */
export interface Target {
  readonly name: string;
  cursor(source: string): Promise<number>;
  /** @returns the cursor from which to go on. */
  take(entry: UsageEntry, signal: AbortSignal): Promise<number>;
}

export const ledgerName = 'ledger';

export const ledgerTarget = (ledger: UsageLedger): Target => ({
  name: ledgerName,
  cursor: async (source) => ledger.cursor(source),
  async take(entry) {
    // Somebody else has counted these: go on where they have ended.
    return (await ledger.record(entry)) ? entry.to : ledger.cursor(entry.source);
  },
});

/** What positions of sinks begin with in the ledger. No source of usage has such a name. */
export const positionPrefix = 'sink/';

const positionOf = (sink: UsageSink, source: string): string => `${positionPrefix}${sink.name}/${source}`;

/** A sink whose position is in the ledger, moved after it has taken the records: they may come again, and under the same ids. */
const remembered = (sink: UsageSink, ledger: UsageLedger): Target => ({
  name: sink.name,
  cursor: async (source) => ledger.cursor(positionOf(sink, source)),
  async take(entry, signal) {
    const to = await sink.take(entry, signal);
    const source = positionOf(sink, entry.source);
    const moved = await ledger.record({ source, from: entry.from, to, records: [] });
    return moved ? to : ledger.cursor(source);
  },
});

/** A sink that shows what happens from now on: it begins where the ledger stands. */
const passing = (sink: UsageSink, ledger: UsageLedger): Target => {
  const cursors = new Map<string, number>();
  return {
    name: sink.name,
    cursor: async (source) => cursors.get(source) ?? ledger.cursor(source),
    async take(entry, signal) {
      cursors.set(entry.source, entry.from);
      const to = await sink.take(entry, signal);
      cursors.set(entry.source, to);
      return to;
    },
  };
};

/** A sink that keeps its position together with what it takes. */
const keeping = (sink: UsageSink): Target => ({
  name: sink.name,
  cursor: async (source) => sink.cursor?.(source) ?? 0,
  take: async (entry, signal) => sink.take(entry, signal),
});

export const sinkTarget = (sink: UsageSink, ledger: UsageLedger): Target => {
  switch (sink.position) {
    case 'sink':
      return keeping(sink);
    case 'ledger':
      return remembered(sink, ledger);
    case 'process':
      return passing(sink, ledger);
  }
};
