import { describe, expect, it } from 'vitest';
import { compare, worldOfSeed } from './support/compare.js';
import { allLeftOut, leavingOut, untested } from './support/left-out.js';
import { airlineFiles, loadAirline } from './support/load-airline.js';

const seed = 20_240_515;
const calls = 20_000;
const rules = ['R1', 'R2', 'R3', 'R4', 'R5', 'R6', 'R7', 'R8'];

describe('the constitution of the airline and the plain rules', () => {
  it('say the same of 20,000 calls over what tools have answered', { timeout: 60_000 }, async () => {
    await using constitution = await loadAirline(await airlineFiles(), worldOfSeed(seed));
    const { calls: compared, differences, seen } = await compare(constitution, seed, calls);
    expect([compared, differences]).toEqual([calls, []]);
    // Nothing is compared that nobody asks: each rule is broken by itself, and some together.
    const rare = [...rules, 'R1 R2', 'R3 R4', 'allow', 'wanting'].filter((outcome) => (seen.get(outcome) ?? 0) < 50);
    expect(rare).toEqual([]);
  });

  it.each(allLeftOut)('differ without $what', async (leftOut) => {
    const files = untested(leavingOut(await airlineFiles(), leftOut));
    await using constitution = await loadAirline(files, worldOfSeed(seed));
    const { differences } = await compare(constitution, seed, calls);
    expect(differences).toHaveLength(1);
  });
});
