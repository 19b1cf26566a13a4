import { type Durability, durabilities, type Effect, effects, type MessageType } from '@charterbus/core-models';
import type { Decision } from '../target/replay-target.js';
import type { Step } from '../translate/translate.js';

/** What became of the messages of one kind. */
export interface Counts {
  readonly sent: number;
  readonly allowed: number;
  readonly denied: number;
  readonly escalated: number;
}

export interface ReasonCount {
  readonly verdict: Effect;
  readonly reason: string;
  readonly messages: number;
}

type Mutable = { -readonly [K in keyof Counts]: Counts[K] };

const columns = { allow: 'allowed', deny: 'denied', escalate: 'escalated' } as const;
/** What matters most comes first. */
const verdictRank = (verdict: Effect): number => effects.length - effects.indexOf(verdict);

const count = <K>(rows: Map<K, Mutable>, key: K, verdict: Effect): void => {
  let row = rows.get(key);
  if (row === undefined) {
    row = { sent: 0, allowed: 0, denied: 0, escalated: 0 };
    rows.set(key, row);
  }
  row.sent += 1;
  row[columns[verdict]] += 1;
};

const byText = (left: string, right: string): number => (left < right ? -1 : Number(left > right));

/** Counts decisions by message type, by tool called, and by reason; in rows that are sorted, for people and for comparison. */
export class Tally {
  readonly #types = new Map<MessageType, Mutable>();
  readonly #tools = new Map<string, Mutable>();
  readonly #reasons = new Map<string, ReasonCount>();
  readonly #durabilities = new Set<Durability>();

  add({ type, tool, call }: Step, { verdict, reasons, durability }: Decision): void {
    if (durability !== undefined) this.#durabilities.add(durability);
    count(this.#types, type, verdict);
    if (tool !== undefined && call !== undefined) count(this.#tools, tool, verdict);
    for (const reason of reasons) {
      const key = `${verdict} ${reason}`;
      const messages = (this.#reasons.get(key)?.messages ?? 0) + 1;
      this.#reasons.set(key, { verdict, reason, messages });
    }
  }

  /** What the receipts promised, from the least on. */
  get durability(): readonly Durability[] {
    return durabilities.filter((level) => this.#durabilities.has(level));
  }

  get byType(): readonly (Counts & { readonly type: MessageType })[] {
    const rows = [...this.#types].map(([type, counts]) => ({ type, ...counts }));
    return rows.toSorted((left, right) => byText(left.type, right.type));
  }

  get byTool(): readonly (Counts & { readonly tool: string })[] {
    const rows = [...this.#tools].map(([tool, counts]) => ({ tool, ...counts }));
    return rows.toSorted((left, right) => byText(left.tool, right.tool));
  }

  get byReason(): readonly ReasonCount[] {
    return [...this.#reasons.values()].toSorted(
      (left, right) => verdictRank(left.verdict) - verdictRank(right.verdict) || byText(left.reason, right.reason),
    );
  }
}
