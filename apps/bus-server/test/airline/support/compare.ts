import type { Constitution } from '@charterbus/policy-client';
import { chooserOf } from '@charterbus/policy-client/testing';
import { airlineWorld } from './airline-world.js';
import { GovernedConversation } from './governed-conversation.js';
import { airlineNow, observationOf } from './plain-replay.js';
import { type PlainState, type PlainVerdict, plainVerdict } from './plain-rules.js';
import { type RandomCall, randomCall } from './random-calls.js';
import { type RawWorld, randomWorld } from './random-world.js';

interface Difference {
  readonly call: RandomCall;
  readonly plain: PlainVerdict;
  readonly governed: Pick<PlainVerdict, 'verdict'> | { readonly verdict: string };
  readonly reasons: readonly string[];
}

export interface Comparison {
  readonly calls: number;
  readonly differences: readonly Difference[];
  /** How often each outcome was seen, such as `R1 R2`; `wanting` is a denial by no rule. */
  readonly seen: ReadonlyMap<string, number>;
}

/** The airline that a seed makes, for the constitution to have as its data. */
export const worldOfSeed = (seed: number): RawWorld => randomWorld(chooserOf(seed));

const outcomeOf = ({ verdict, rules }: PlainVerdict): string => {
  if (rules.length > 0) return rules.join(' ');
  return verdict === 'deny' ? 'wanting' : verdict;
};

const stateAfter = (world: Omit<PlainState, 'now' | 'observed'>, { before }: RandomCall): PlainState => {
  const observed = before.flatMap(({ tool, result }) => {
    const seen = observationOf(tool, result);
    return seen === undefined ? [] : [seen];
  });
  return { ...world, now: airlineNow, observed: new Map(observed) };
};

/**
 * Puts the calls of a seed to the constitution, each in a conversation of its own, and to the plain rules. It stops after
 * the first differences, however many calls are left.
 */
export const compare = async (constitution: Constitution, seed: number, calls: number): Promise<Comparison> => {
  const chooser = chooserOf(seed);
  const raw = randomWorld(chooser);
  const world = airlineWorld(raw);
  const seen = new Map<string, number>();
  const differences: Difference[] = [];
  let call = 0;
  for (; call < calls && differences.length === 0; call += 1) {
    const made = randomCall(chooser, raw);
    const plain = plainVerdict(made.tool, made.args, stateAfter(world, made));
    const conversation = new GovernedConversation(constitution);
    for (const { tool, result } of made.before) await conversation.answer(tool, result);
    const governed = await conversation.call(made.tool, made.args);
    if (governed.verdict !== plain.verdict || governed.rules.join(' ') !== plain.rules.join(' ')) {
      differences.push({ call: made, plain, governed, reasons: governed.reasons });
    }
    seen.set(outcomeOf(plain), (seen.get(outcomeOf(plain)) ?? 0) + 1);
  }
  return { calls: call, differences, seen };
};
