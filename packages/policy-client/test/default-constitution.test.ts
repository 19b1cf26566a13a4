import { beforeAll, describe, expect, it } from 'vitest';
import { type Constitution, type PolicyTestOutcome, readPolicyTests, runPolicyTests } from '../src/index.js';
import { chooserOf } from '../src/testing/index.js';
import { defaultTexts } from './support/files.js';
import { oracle } from './support/oracle.js';
import { load } from './support/problems.js';
import { randomJudgement } from './support/random-judgement.js';
import { never } from './support/requests.js';

describe('the default constitution', () => {
  let constitution: Constitution;
  let outcomes: readonly PolicyTestOutcome[];
  beforeAll(async () => {
    const texts = await defaultTexts();
    constitution = await load(texts);
    const sources = Object.entries(texts).filter(([path]) => path.startsWith('tests/'));
    outcomes = await runPolicyTests(
      constitution,
      readPolicyTests(sources.map(([path, text]) => ({ path, text }))).tests,
      never,
    );
  });

  it('passes its own tests', () => {
    expect(outcomes.filter((outcome) => !outcome.passed)).toEqual([]);
  });

  it('has tests that each policy decides, and tests that it does not', () => {
    for (const id of constitution.policies.keys()) {
      const decided = outcomes.filter((outcome) => outcome.policies.includes(id)).length;
      expect({ id, decided: decided > 0, decidedAll: decided === outcomes.length }).toEqual({
        id,
        decided: true,
        decidedAll: false,
      });
    }
  });

  it('means what it says, on random requests', async () => {
    const seed = 20_260_101;
    const chooser = chooserOf(seed);
    for (let number = 0; number < 3_000; number++) {
      const asked = randomJudgement(chooser);
      const verdict = await constitution.judge(asked, never);
      expect(verdict.effect, `seed ${seed}, request ${number}: ${JSON.stringify(asked)}`).toBe(oracle(asked));
    }
  });
});
