// Meters a log of so many records into a ledger on SQLite and into lines of JSON, and prints how far the ledger is after each
// batch, until it is killed or has printed that all is done.
import { createMeter, openJsonLinesSink, type UsageRecord, type UsageSource } from '@charterbus/metering';
import { meteringNamespace, openSqliteLedger } from '@charterbus/metering/sqlite';
import { openSqliteStore } from '@charterbus/store';

const [directory = '', total = '0', batch = '1000'] = process.argv.slice(2);
const end = Number(total);

/** What the log has under an index: whoever checks the totals knows it as well. */
const recordAt = (index: number): UsageRecord => ({
  index,
  at: Date.UTC(2026, 0, 1) + index * 50,
  tenant: `tenant-${index % 3}`,
  agent: `agent-${index % 17}`,
  tier: 'standard',
  outcome: 'allow',
  operations: { agent_message: 1, policy_evaluation: index % 3 },
  bytes: index % 100,
  costMicros: index % 7,
});

const source: UsageSource = {
  name: 'log',
  read(from, limit) {
    const cursor = Math.min(from + limit, end);
    const records = Array.from({ length: Math.max(0, cursor - from) }, (_, place) => recordAt(from + place));
    return { records, cursor: Math.max(from, cursor), more: cursor < end, lost: 0 };
  },
  watch: () => ({ [Symbol.dispose]: () => undefined }),
};

const store = await openSqliteStore({ directory: `${directory}/store`, namespaces: [meteringNamespace] });
const ledger = openSqliteLedger({ store });
const record = ledger.record.bind(ledger);
ledger.record = async (entry) => {
  const counted = await record(entry);
  process.stdout.write(`${entry.to}\n`);
  return counted;
};
const sink = await openJsonLinesSink({ directory: `${directory}/lines`, sync: false, rotateBytes: 4_000_000 });
const meter = createMeter({ ledger, sinks: [sink], batch: Number(batch) });
meter.add(source);
await meter.drain();
await meter.close();
await sink.close();
await store.close();
process.stdout.write('done\n');
