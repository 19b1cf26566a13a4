import { testConstitution } from '@charterbus/policy-client';
import { describe, expect, it } from 'vitest';
import { allLeftOut, leavingOut } from './support/left-out.js';
import { airlineFiles } from './support/load-airline.js';

describe('the policy tests of the airline', () => {
  it('pass, and every policy decides some', async () => {
    const { outcomes, coverage } = await testConstitution(await airlineFiles());
    expect(outcomes.filter(({ passed }) => !passed)).toEqual([]);
    expect(coverage.filter(({ tests }) => tests === 0)).toEqual([]);
  });

  it.each(allLeftOut)('notice a constitution without $what', async (leftOut) => {
    const { outcomes } = await testConstitution(leavingOut(await airlineFiles(), leftOut));
    expect(outcomes.some(({ passed }) => !passed)).toBe(true);
  });
});
