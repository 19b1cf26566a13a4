import { createReadStream, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { RandomSource } from '@charterbus/core-models';
import { openSqliteStore } from '@charterbus/store';
import { Child } from '@charterbus/tooling/testing';
import { meteringNamespace, openSqliteLedger } from '../../src/sqlite/index.js';

export interface KilledRuns {
  /** The process that meters: `meter-until-killed.ts`. */
  readonly script: URL;
  readonly directory: string;
  readonly records: number;
  readonly batch: number;
  /** A process is killed after so many batches at most. */
  readonly batches: number;
  readonly random: RandomSource;
}

const below = (random: RandomSource, end: number): number => {
  const [high = 0, low = 0] = random.bytes(2);
  return (high * 256 + low) % end;
};

/** Whether the process came to its end before its turn to be killed. */
const runOnce = async (child: Child, batches: number): Promise<boolean> => {
  try {
    for (let read = 0; read < batches; read += 1) {
      const line = await child.line();
      if (line === undefined) throw new Error('The process ended by itself before it was done.');
      if (line === 'done') return true;
    }
    return false;
  } finally {
    await child.kill();
  }
};

/** Meters until all is done, with one process after the other that is killed. @returns how many were. */
export const meterThroughKills = async (runs: KilledRuns): Promise<number> => {
  const { batch, batches, directory, random, records, script } = runs;
  for (let kills = 0; ; kills += 1) {
    const child = new Child(script, directory, String(records), String(batch));
    if (await runOnce(child, 1 + below(random, batches))) return kills;
  }
};

/** What the ledger has counted in all. */
export const countedIn = async ({ directory }: Pick<KilledRuns, 'directory'>) => {
  await using store = await openSqliteStore({ directory: join(directory, 'store'), namespaces: [meteringNamespace] });
  const query = { from: 0, to: Date.UTC(2030, 0, 1), groupBy: ['operation'], limit: 10_000 } as const;
  const totals = await openSqliteLedger({ store }).totals({ ...query, bucket: 'day' });
  const sum = { messages: 0, evaluations: 0, bytes: 0, costMicros: 0 };
  for (const { bytes, costMicros, operation, quantity } of totals) {
    sum.messages += operation === 'agent_message' ? quantity : 0;
    sum.evaluations += operation === 'policy_evaluation' ? quantity : 0;
    sum.bytes += bytes;
    sum.costMicros += costMicros;
  }
  return sum;
};

/** The plain sum of what `meter-until-killed.ts` has in its log. */
export const plainSumOf = (records: number): Awaited<ReturnType<typeof countedIn>> => {
  const sum = { messages: 0, evaluations: 0, bytes: 0, costMicros: 0 };
  for (let index = 0; index < records; index += 1) {
    sum.messages += 1;
    sum.evaluations += index % 3;
    sum.bytes += index % 100;
    sum.costMicros += index % 7;
  }
  return sum;
};

/** How many lines there are of each index that is not there exactly once; empty where all are. */
export const wrongLinesIn = async ({ directory, records }: Pick<KilledRuns, 'directory' | 'records'>) => {
  const lines = new Uint8Array(records);
  const folder = join(directory, 'lines');
  for (const name of readdirSync(folder).filter((file) => file.endsWith('.jsonl'))) {
    for await (const line of createInterface({ input: createReadStream(join(folder, name)) })) {
      const { index } = JSON.parse(line) as { readonly index?: number };
      if (index !== undefined) lines[index] = (lines[index] ?? 0) + 1;
    }
  }
  return Array.from(lines.entries()).filter(([, count]) => count !== 1);
};
