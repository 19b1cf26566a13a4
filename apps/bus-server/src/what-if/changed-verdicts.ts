import type { Address, FactsRecord, JsonValue, Verdict } from '@charterbus/core-models';
import { differs, isNewlyAllowed, type Outcome, outcomeOf } from '@charterbus/policy-client';
import { ellipsed } from '../replay/run/excerpt.js';
import type { ExampleMessage, RecordedMessage } from './recorded-message.js';

/** A message whose verdict changes, and what each verdict knew. */
export interface ChangedExample extends ExampleMessage {
  readonly facts?: { readonly before?: FactsRecord; readonly after?: FactsRecord };
}

/** Messages whose verdict changes in the same way, by the same policies and reasons. */
export interface ChangedGroup {
  readonly before: Outcome;
  readonly after: Outcome;
  readonly newlyAllowed: boolean;
  readonly count: number;
  /** The first of them. */
  readonly examples: readonly ChangedExample[];
}

const keptExamples = 5;
const mostCharacters = 2_000;

interface Group {
  readonly before: Outcome;
  readonly after: Outcome;
  count: number;
  readonly examples: ChangedExample[];
}

const bounded = (content: JsonValue): JsonValue => {
  const text = JSON.stringify(content);
  return text.length > mostCharacters ? ellipsed(text, mostCharacters) : content;
};

const factsOf = (before: Verdict, after: Verdict): Pick<ChangedExample, 'facts'> => {
  if (before.facts === undefined && after.facts === undefined) return {};
  const was = before.facts === undefined ? {} : { before: before.facts };
  const is = after.facts === undefined ? {} : { after: after.facts };
  return { facts: { ...was, ...is } };
};

const addressed = (to: Address): string => {
  if ('agent' in to) return to.agent;
  if ('topic' in to) return to.topic;
  return 'capability' in to ? to.capability : 'everyone';
};

const exampleOf = ({ place, message }: RecordedMessage, before: Verdict, after: Verdict): ChangedExample => ({
  ...place,
  from: message.from,
  to: addressed(message.to),
  type: message.type,
  content: bounded(message.content),
  ...factsOf(before, after),
});

/** Gathers what changes, by kind. Counts are exact; memory is bounded by the number of kinds. */
export class ChangedVerdicts {
  readonly #groups = new Map<string, Group>();
  messages = 0;
  changed = 0;

  add(recorded: RecordedMessage, before: readonly Verdict[], after: readonly Verdict[]): void {
    this.messages += 1;
    const pairs = before.flatMap((was, at) => {
      const is = after[at];
      return is !== undefined && differs(was, is) ? [{ was, is }] : [];
    });
    if (pairs.length === 0) return;
    this.changed += 1;
    const kinds = new Map(pairs.map((pair) => [JSON.stringify([outcomeOf(pair.was), outcomeOf(pair.is)]), pair]));
    for (const [key, { was, is }] of kinds) this.#count(key, recorded, was, is);
  }

  /** What is newly allowed first, then what is most frequent. */
  get groups(): readonly ChangedGroup[] {
    return [...this.#groups.values()]
      .map((group) => ({ ...group, newlyAllowed: isNewlyAllowed(group) }))
      .toSorted((left, right) => Number(right.newlyAllowed) - Number(left.newlyAllowed) || right.count - left.count);
  }

  #count(key: string, recorded: RecordedMessage, was: Verdict, is: Verdict): void {
    const group = this.#groups.get(key) ?? { before: outcomeOf(was), after: outcomeOf(is), count: 0, examples: [] };
    this.#groups.set(key, group);
    group.count += 1;
    if (group.examples.length < keptExamples) group.examples.push(exampleOf(recorded, was, is));
  }
}
