import { createReadStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Bus } from '../../src/index.js';

/** Sums by agent and operation, and what messages state, each under a name. */
export class Counts {
  readonly #sums = new Map<string, number>();

  add(name: string, quantity: number): void {
    if (quantity > 0) this.#sums.set(name, (this.#sums.get(name) ?? 0) + quantity);
  }

  get sums(): Readonly<Record<string, number>> {
    return Object.fromEntries([...this.#sums].toSorted(([left], [right]) => (left < right ? -1 : 1)));
  }
}

/** What is stated, in all of its spellings. */
interface Stated {
  readonly inputTokens?: number;
  readonly outputTokens?: number;
  readonly costMicros?: number;
}

const addStated = (counts: Counts, { inputTokens = 0, outputTokens = 0, costMicros = 0 }: Stated): void => {
  counts.add('inputTokens', inputTokens);
  counts.add('outputTokens', outputTokens);
  counts.add('costMicros', costMicros);
};

interface ReadLeaf {
  readonly kind: string;
  readonly from: string;
  readonly recipient: string;
  readonly recipients: { readonly held: number };
  readonly verdicts: readonly { readonly cause: string }[];
  readonly usage?: { readonly inputTokens?: number; readonly outputTokens?: number; readonly cost?: number };
  readonly event: string;
  readonly reason?: string;
}

/** Millionths by the digits of the number, so that no product of doubles is in it. */
const microsOf = (cost: number): number => {
  const [whole = '0', fraction = ''] = cost.toFixed(9).split('.');
  const rest = Number(fraction.slice(6)) > 0 ? 1 : 0;
  return Number(whole) * 1_000_000 + Number(fraction.slice(0, 6)) + rest;
};

const addAdmission = (counts: Counts, { from, recipients, usage = {}, verdicts }: ReadLeaf): void => {
  if (verdicts.some(({ cause }) => cause !== 'policy' && cause !== 'default')) {
    throw new Error('A verdict that no policy has reached.');
  }
  counts.add(`${from} agent_message`, 1);
  counts.add(`${from} constitutional_validation`, 1);
  counts.add(`${from} policy_evaluation`, verdicts.length);
  counts.add(`${from} deliberation_request`, recipients.held);
  counts.add(`${from} audit_write`, 1);
  const { cost = 0, ...tokens } = usage;
  addStated(counts, { ...tokens, costMicros: microsOf(cost) });
};

/** Leases of a process that was killed expire. */
const isExpected = (event: string): boolean =>
  ['delivered', 'retried', 'lease-expired', 'released', 'refused'].includes(event);

/** What ends a hold when nobody has decided. */
const timedOut = 'HOLD_TIMED_OUT';

const addSettlement = (counts: Counts, { event, reason, recipient }: ReadLeaf): void => {
  if (!isExpected(event)) throw new Error(`An event that is not expected: ${event}`);
  const isDecided = event === 'released' || (event === 'refused' && reason !== timedOut);
  counts.add(`${recipient} audit_write`, 1);
  counts.add(`${recipient} hitl_approval`, isDecided ? 1 : 0);
};

/** What the audit log says, leaf by leaf, of messages without facts, quotas and halts. */
export const countsOfLog = async (bus: Bus) => {
  const counts = new Counts();
  const leaves = await bus.operations.leafCount();
  let [admissions, timeouts] = [0, 0];
  for (let index = 0; index < leaves; index++) {
    const leaf = await bus.operations.leaf(index);
    if (leaf === undefined) throw new Error(`Leaf ${index} is not there.`);
    const read = JSON.parse(leaf.text) as ReadLeaf;
    if (read.reason === timedOut) timeouts += 1;
    if (read.kind === 'admission') {
      admissions += 1;
      addAdmission(counts, read);
    } else if (read.kind === 'settlement') addSettlement(counts, read);
    else counts.add(' audit_write', 1);
  }
  return { leaves, admissions, timeouts, sums: counts.sums };
};

const dayMs = 86_400_000;

/** What the ledger says. */
export const countsOfLedger = async (bus: Bus, now: number): Promise<Counts['sums']> => {
  const counts = new Counts();
  const query = { bucket: 'day', from: now - dayMs, to: now + dayMs, groupBy: ['agent', 'operation'] } as const;
  for (const { agent = '', operation = '', quantity, ...stated } of await bus.operations.usage.totals(query)) {
    counts.add(`${agent} ${operation}`, quantity);
    addStated(counts, stated);
  }
  return counts.sums;
};

interface Line extends Stated {
  readonly index: number;
  readonly agent: string;
  readonly operations: Readonly<Record<string, number>>;
}

/** What the lines say; each must be the next one. */
export const countsOfLines = async (directory: string): Promise<Counts['sums']> => {
  const counts = new Counts();
  const files = (await readdir(directory)).filter((name) => name.endsWith('.jsonl'));
  // The full ones by their numbers, then the one that is written to.
  const inOrder = files.toSorted((left, right) => right.length - left.length || (left < right ? -1 : 1));
  let next = 0;
  for (const file of inOrder) {
    for await (const text of createInterface(createReadStream(join(directory, file)))) {
      const line = JSON.parse(text) as Line | { readonly format: string };
      if ('format' in line) continue;
      if (line.index !== next++) throw new Error(`Line ${line.index} stands where ${next - 1} is to be.`);
      for (const [operation, quantity] of Object.entries(line.operations)) {
        counts.add(`${line.agent} ${operation}`, quantity);
      }
      addStated(counts, line);
    }
  }
  return counts.sums;
};
