import type { FactsRecord, JsonValue } from '@charterbus/core-models';
import type { Step } from '../translate/translate.js';
import type { CallRecord } from './conversation-run.js';
import { ellipsed, excerptBefore, memberOf, type Utterance } from './excerpt.js';

/** A call that was denied or escalated, with what was said before it. */
interface StoppedCall extends Pick<CallRecord, 'task_id' | 'trial' | 'message' | 'call' | 'tool'> {
  /** As sent; where their JSON text is longer than 4,000 characters, its beginning. */
  readonly arguments: JsonValue;
  readonly facts?: FactsRecord;
  readonly excerpt: readonly Utterance[];
}

/** What one rule stopped. */
export interface StoppedRule {
  /** The reason: the id of a policy, else a code. */
  readonly rule: string;
  readonly verdict: 'deny' | 'escalate';
  /** All of them. */
  readonly count: number;
  /** The first of them, in the order of the trace. */
  readonly calls: readonly StoppedCall[];
}

/** Where a call stands in a trace. */
interface Place {
  readonly line: number;
  readonly position: number;
}

/** A step among those of its conversation. */
export interface StepPlace {
  readonly steps: readonly Step[];
  readonly position: number;
}

interface Example extends Place {
  readonly call: StoppedCall;
}

interface Group {
  readonly rule: string;
  readonly verdict: 'deny' | 'escalate';
  count: number;
  /** Sorted by place. */
  readonly examples: Example[];
}

/** So many examples of each rule are kept: a report of a large trace stays one that can be opened. */
const keptExamples = 25;
const mostArgumentCharacters = 4000;

const before = (left: Place, right: Place): boolean =>
  left.line < right.line || (left.line === right.line && left.position < right.position);

const boundedArguments = ({ content }: Step): JsonValue => {
  const given = memberOf(content, 'arguments') ?? null;
  const text = JSON.stringify(given);
  return text.length > mostArgumentCharacters ? ellipsed(text, mostArgumentCharacters) : given;
};

/**
 * Gathers what each rule stopped. Counts are exact. Of the calls the first are kept, by their place in the trace, in
 * whatever order conversations end, so memory is bounded by the number of rules.
 */
export class StoppedCalls {
  readonly #groups = new Map<string, Group>();
  readonly #most: number;

  constructor(most: number = keptExamples) {
    this.#most = most;
  }

  /** @param line of the conversation in the trace. */
  add(record: CallRecord, line: number, { steps, position }: StepPlace): void {
    const { verdict } = record;
    const step = steps[position];
    if (verdict === 'allow' || step === undefined) return;
    const place = { line, position };
    let call: StoppedCall | undefined;
    for (const rule of new Set(record.reasons)) {
      const group = this.#group(rule, verdict);
      group.count += 1;
      if (!this.#keeps(group, place)) continue;
      call ??= stoppedCall(record, step, excerptBefore(steps, position));
      this.#insert(group, { ...place, call });
    }
  }

  /** What stops most comes first. */
  get rules(): readonly StoppedRule[] {
    const groups = [...this.#groups.values()].toSorted(
      (left, right) => right.count - left.count || (left.rule < right.rule ? -1 : 1),
    );
    return groups.map(({ rule, verdict, count, examples }) => ({
      rule,
      verdict,
      count,
      calls: examples.map(({ call }) => call),
    }));
  }

  #group(rule: string, verdict: 'deny' | 'escalate'): Group {
    const key = `${verdict} ${rule}`;
    const group = this.#groups.get(key) ?? { rule, verdict, count: 0, examples: [] };
    this.#groups.set(key, group);
    return group;
  }

  #keeps({ examples }: Group, place: Place): boolean {
    const last = examples.at(-1);
    return examples.length < this.#most || (last !== undefined && before(place, last));
  }

  #insert({ examples }: Group, example: Example): void {
    const behind = examples.findIndex((kept) => before(example, kept));
    examples.splice(behind === -1 ? examples.length : behind, 0, example);
    examples.splice(this.#most);
  }
}

const stoppedCall = (record: CallRecord, step: Step, excerpt: readonly Utterance[]): StoppedCall => {
  const { task_id, trial, message, call, tool, facts } = record;
  const known = facts === undefined ? {} : { facts };
  return { task_id, trial, message, call, tool, arguments: boundedArguments(step), ...known, excerpt };
};
