import { type MessageUsage, measuredUsage, type Verdict } from '@charterbus/core-models';
import type { OperationCounts, UsageBatch, UsageOperation, UsageRecord, UsageSource } from '@charterbus/metering';
import type { Admission } from '../broker/broker.js';
import type { Entry, HistoryEvent } from '../broker/entry.js';
import {
  admissionOperations,
  type EnterpriseTenants,
  outcomeOfEvent,
  settlementOperations,
  tierOf,
  type VerdictTrait,
} from './operations.js';
import type { UsageTemplate } from './usage-of-leaf.js';

/** Records that are kept for those who read behind the others. */
const mostKept = 16_384;
/** Of those that nobody has read yet: very many agents may all send before a reader has its turn. */
const mostUnread = 262_144;
/** Different ones that are counted apart before they become records. */
const mostCells = 4096;
const minuteMs = 60_000;

/** Equal records of one minute, added up. */
interface Cell {
  readonly at: number;
  readonly template: UsageTemplate;
  count: number;
  bytes: number;
  inputTokens: number;
  outputTokens: number;
  costMicros: number;
}

const traitOf = ({ cause, facts }: Verdict): VerdictTrait => ({
  cause,
  facts: facts?.digest !== undefined || cause === 'facts',
});

const toolOf = ({ facts }: Verdict): string | undefined => {
  const action = facts?.action;
  return action === 'send' || action === 'receive' ? undefined : action;
};

const effectOf = ({ recipients }: Admission): 'allow' | 'escalate' | 'deny' =>
  recipients.allowed > 0 ? 'allow' : recipients.held > 0 ? 'escalate' : 'deny';

const times = (operations: OperationCounts, count: number): OperationCounts =>
  count === 1
    ? operations
    : (Object.fromEntries(Object.entries(operations).map(([name, one]) => [name, one * count])) as Record<
        UsageOperation,
        number
      >);

const recordOf = (index: number, { at, template, count, ...sums }: Cell): UsageRecord => {
  const { bytes, inputTokens, outputTokens, costMicros } = sums;
  return {
    ...template,
    index,
    at,
    operations: times(template.operations, count),
    ...(bytes > 0 ? { bytes } : {}),
    ...(inputTokens > 0 ? { inputTokens } : {}),
    ...(outputTokens > 0 ? { outputTokens } : {}),
    ...(costMicros > 0 ? { costMicros } : {}),
  };
};

/**
 * What is committed in memory, added up in the turn in which it is: as durable as the messages themselves, and read before
 * anything of it can go, whatever the window of the audit log is. What differs in nothing but its moment within a minute is one
 * record.
 */
export class MemoryUsage implements UsageSource {
  readonly name: string;
  readonly #enterprise: EnterpriseTenants;
  readonly #leaves: boolean;
  readonly #listeners = new Set<() => void>();
  #cells = new Map<string, Cell>();
  #minute = 0;
  /** The cell that was counted last: most messages are like the one before. */
  #last: { readonly key: string; readonly cell: Cell } | undefined;
  #records: UsageRecord[] = [];
  #next = 0;
  /** How far the foremost reader is. */
  #taken = 0;
  #told = false;

  /** @param name told apart by the process, since nothing of it outlives that. */
  constructor(name: string, options: { readonly enterprise: EnterpriseTenants; readonly leaves: boolean }) {
    this.name = name;
    this.#enterprise = options.enterprise;
    this.#leaves = options.leaves;
  }

  watch(listener: () => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  read(from: number, limit: number): UsageBatch {
    this.#seal();
    this.#told = false;
    const first = this.#next - this.#records.length;
    const start = Math.max(from, first);
    const records = this.#records.slice(start - first, start - first + limit);
    const cursor = start + records.length;
    this.#taken = Math.max(this.#taken, cursor);
    return { records, cursor, more: cursor < this.#next, lost: Math.max(0, first - from) };
  }

  admitted(admission: Admission): void {
    const { envelope, verdicts, recipients, at } = admission;
    const { message } = envelope;
    const effect = effectOf(admission);
    const [send, receive] = verdicts;
    const key = `${message.tenant}\n${message.from}\n${message.type}\n${effect}${recipients.held}\n${keyOf(send)}${receive === undefined ? '' : keyOf(receive)}`;
    const cell = this.#cell(key, at) ?? this.#make(key, at, this.#ofAdmission(admission, effect));
    cell.count += 1;
    cell.bytes += envelope.leastBytes;
    if (message.usage !== undefined) addUsage(cell, message.usage);
    this.#tell();
  }

  changed({ recipient, verdict }: Entry, { kind, reason }: HistoryEvent, at: number): void {
    const key = `${recipient.tenant}\n${recipient.agent}\n${kind}\n${kind === 'refused' ? (reason ?? '') : ''}${keyOf(verdict)}${verdict.effect}`;
    const cell = this.#cell(key, at) ?? this.#make(key, at, this.#ofSettlement(recipient, verdict, { kind, reason }));
    cell.count += 1;
    this.#tell();
  }

  #cell(key: string, at: number): Cell | undefined {
    const minute = Math.floor(at / minuteMs);
    if (minute !== this.#minute) {
      this.#seal();
      this.#minute = minute;
      return undefined;
    }
    if (this.#last?.key === key) return this.#last.cell;
    const cell = this.#cells.get(key);
    if (cell !== undefined) this.#last = { key, cell };
    return cell;
  }

  #make(key: string, at: number, template: UsageTemplate): Cell {
    if (this.#cells.size >= mostCells) this.#seal();
    const cell = { at, template, count: 0, bytes: 0, inputTokens: 0, outputTokens: 0, costMicros: 0 };
    this.#cells.set(key, cell);
    this.#last = { key, cell };
    return cell;
  }

  #ofAdmission({ envelope, verdicts, recipients }: Admission, outcome: UsageTemplate['outcome']): UsageTemplate {
    const { tenant, from: agent, type } = envelope.message;
    const two = verdicts.slice(0, 2);
    const traits = two.map(traitOf);
    const tool = two.map(toolOf).find((name) => name !== undefined);
    const { held } = recipients;
    return {
      tenant,
      agent,
      type,
      ...(tool === undefined ? {} : { tool }),
      tier: tierOf(tenant, { held: held > 0, facts: traits.some(({ facts }) => facts) }, this.#enterprise),
      outcome,
      operations: admissionOperations(traits, { held, leaf: this.#leaves }),
    };
  }

  #ofSettlement(
    { tenant, agent }: Entry['recipient'],
    verdict: Verdict,
    { kind, reason }: { readonly kind: string; readonly reason: string | undefined },
  ): UsageTemplate {
    const outcome = outcomeOfEvent(kind);
    const trait = { ...traitOf(verdict), effect: verdict.effect };
    const held = outcome === 'decided' || outcome === 'escalate';
    return {
      tenant,
      agent,
      tier: tierOf(tenant, { held, facts: trait.facts }, this.#enterprise),
      outcome,
      operations: settlementOperations({ event: kind, reason, verdict: trait, leaf: this.#leaves }),
    };
  }

  /** What was added up becomes records. */
  #seal(): void {
    if (this.#cells.size === 0) return;
    for (const cell of this.#cells.values()) this.#records.push(recordOf(this.#next++, cell));
    this.#cells = new Map();
    this.#last = undefined;
    const keep = Math.min(mostUnread, Math.max(mostKept, this.#next - this.#taken));
    if (this.#records.length > keep) this.#records = this.#records.slice(-keep);
  }

  /** Once, until somebody reads. */
  #tell(): void {
    if (this.#told) return;
    this.#told = true;
    for (const listener of this.#listeners) listener();
  }
}

const keyOf = ({ cause, facts }: Verdict): string =>
  facts === undefined ? cause : `${cause}${facts.action}${facts.digest === undefined ? '' : '!'}`;

const addUsage = (cell: Cell, usage: MessageUsage): void => {
  const { inputTokens, outputTokens, costMicros } = measuredUsage(usage);
  cell.inputTokens += inputTokens;
  cell.outputTokens += outputTokens;
  cell.costMicros += costMicros;
};
