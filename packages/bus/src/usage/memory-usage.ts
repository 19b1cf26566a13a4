import type { Verdict } from '@charterbus/core-models';
import type { UsageBatch, UsageRecord, UsageSource } from '@charterbus/metering';
import type { Admission } from '../broker/broker.js';
import type { Entry, HistoryEvent } from '../broker/entry.js';
import { ByAgent } from './by-agent.js';
import { addUsage, type Cell, emptyCell, recordOf } from './memory-cell.js';
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
/** Kinds of one agent's that are told apart by looking through them. */
const mostKinds = 32;
const minuteMs = 60_000;

/** What a verdict is counted by. */
type Counted = Pick<VerdictTrait, 'cause'> & { readonly action: string | undefined; readonly gathered: boolean };

/** What an admission was counted in, and by what. */
interface LastAdmission {
  readonly tenant: string;
  readonly from: string;
  readonly type: string;
  readonly effect: string;
  readonly held: number;
  readonly send: Counted;
  readonly receive: Counted | undefined;
  readonly cell: Cell;
}

/** What a settlement is counted by, beside its verdict. */
interface Settled {
  readonly tenant: string;
  readonly agent: string;
  readonly kind: string;
  readonly reason: string;
  readonly effect: string;
}

/** What a settlement was counted in, and by what. */
interface LastSettlement extends Settled {
  readonly verdict: Counted;
  readonly cell: Cell;
}

const countedBy = ({ cause, facts }: Verdict): Counted => ({
  cause,
  action: facts?.action,
  gathered: facts?.digest !== undefined,
});

const isLike = (verdict: Verdict | undefined, last: Counted | undefined): boolean => {
  if (verdict === undefined || last === undefined) return verdict === last;
  const { cause, facts } = verdict;
  return cause === last.cause && facts?.action === last.action && (facts?.digest !== undefined) === last.gathered;
};

const isSameAdmission = (
  known: LastAdmission,
  { envelope, verdicts, recipients }: Admission,
  effect: string,
): boolean => {
  const { tenant, from, type } = envelope.message;
  return (
    known.from === from &&
    known.tenant === tenant &&
    known.type === type &&
    known.effect === effect &&
    known.held === recipients.held &&
    isLike(verdicts[0], known.send) &&
    isLike(verdicts[1], known.receive)
  );
};

const isSameSettlement = (known: LastSettlement, settled: Settled, verdict: Verdict): boolean =>
  known.agent === settled.agent &&
  known.tenant === settled.tenant &&
  known.kind === settled.kind &&
  known.reason === settled.reason &&
  known.effect === settled.effect &&
  isLike(verdict, known.verdict);

/** The reason of a refusal says whether somebody decided; no other one counts. */
const reasonOf = ({ kind, reason }: Pick<HistoryEvent, 'kind' | 'reason'>): string =>
  kind === 'refused' ? (reason ?? '') : '';

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
  readonly #admissions = new ByAgent<LastAdmission>();
  readonly #settlements = new ByAgent<LastSettlement>();
  /** Of both, in the order in which they were made. */
  #cells: Cell[] = [];
  #minute = 0;
  /**
   * Most messages are like the one before, and comparing costs less than making a key. Of each kind, since they come in turn.
   */
  #lastAdmission: LastAdmission | undefined;
  #lastSettlement: LastSettlement | undefined;
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
    const { message, leastBytes } = admission.envelope;
    this.#turn(admission.at);
    const cell = this.#cellOfAdmission(admission);
    cell.count += 1;
    cell.bytes += leastBytes;
    if (message.usage !== undefined) addUsage(cell, message.usage);
    this.#tell();
  }

  changed(entry: Entry, event: HistoryEvent, at: number): void {
    this.#turn(at);
    this.#cellOfSettlement(entry, event, at).count += 1;
    this.#tell();
  }

  #cellOfAdmission(admission: Admission): Cell {
    const effect = effectOf(admission);
    const last = this.#lastAdmission;
    if (last !== undefined && isSameAdmission(last, admission, effect)) return last.cell;
    const { tenant, from, type } = admission.envelope.message;
    const kinds = this.#admissions.of(tenant, from);
    let known = kinds.find((one) => isSameAdmission(one, admission, effect));
    if (known === undefined) {
      const { verdicts, recipients, at } = admission;
      const [send, receive] = verdicts;
      const cell = this.#make(at, this.#ofAdmission(admission, effect), kinds.length);
      const by = { send: countedBy(send), receive: receive && countedBy(receive) };
      known = { tenant, from, type, effect, held: recipients.held, ...by, cell };
      this.#admissions.of(tenant, from).push(known);
    }
    this.#lastAdmission = known;
    return known.cell;
  }

  #cellOfSettlement({ recipient, verdict }: Entry, event: HistoryEvent, at: number): Cell {
    const { tenant, agent } = recipient;
    const settled: Settled = { tenant, agent, kind: event.kind, reason: reasonOf(event), effect: verdict.effect };
    const last = this.#lastSettlement;
    if (last !== undefined && isSameSettlement(last, settled, verdict)) return last.cell;
    const kinds = this.#settlements.of(tenant, agent);
    let known = kinds.find((one) => isSameSettlement(one, settled, verdict));
    if (known === undefined) {
      const { kind, reason } = event;
      const cell = this.#make(at, this.#ofSettlement(recipient, verdict, { kind, reason }), kinds.length);
      known = { ...settled, verdict: countedBy(verdict), cell };
      this.#settlements.of(tenant, agent).push(known);
    }
    this.#lastSettlement = known;
    return known.cell;
  }

  /** Records are of one minute. */
  #turn(at: number): void {
    const minute = Math.floor(at / minuteMs);
    if (minute === this.#minute) return;
    this.#seal();
    this.#minute = minute;
  }

  /** @param kinds of the same agent: where they are very many, all begins anew, so that nobody looks through a long list. */
  #make(at: number, template: UsageTemplate, kinds: number): Cell {
    if (this.#cells.length >= mostCells || kinds >= mostKinds) this.#seal();
    const cell = emptyCell(at, template);
    this.#cells.push(cell);
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
    if (this.#cells.length === 0) return;
    for (const cell of this.#cells) this.#records.push(recordOf(this.#next++, cell));
    this.#cells = [];
    this.#admissions.clear();
    this.#settlements.clear();
    this.#lastAdmission = undefined;
    this.#lastSettlement = undefined;
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
