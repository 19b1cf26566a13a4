import { describe, expect, it } from 'vitest';
import { readPolicyTests, testConstitution, testProblem } from '../../src/index.js';
import { toFiles } from '../support/files.js';
import { load, refusal } from '../support/problems.js';

const manifest = `format: charterbus.constitution/1
name: screened
revision: 1
engine: cedar
facts:
  screens: { injection: prompt-injection }
  send: { score: screens.injection.score, categories: screens.injection.categories }
`;
const policies = `@id("all") permit (principal, action, resource);
@id("injected") forbid (principal, action == Action::"send", resource)
when { context.score >= 80 || context.categories.contains("exfiltration") };
`;
const head = `defaults:
  sender: { tenant: acme, id: a }
  recipient: { tenant: acme, id: b }
  message: { type: query }
`;
const textsOf = (tests: string) => ({
  'manifest.yaml': manifest,
  'policies/a.cedar': policies,
  'tests/a.yaml': `${head}${tests}`,
});
const stated = `  screens: { injection: { score: 10 } }
tests:
`;

describe('a policy test of a constitution that reads screens', () => {
  it('states readings, over those that its file states', async () => {
    const tests = `${stated}  - { name: plain, expect: { verdict: allow } }
  - { name: injected, screens: { injection: { score: 80 } }, expect: { verdict: deny, reasons: [injected] } }
  - name: exfiltration
    screens: { injection: { score: 0, categories: [role-play, exfiltration] } }
    expect: { verdict: deny, reasons: [injected] }
  - name: the screen is down
    screens: { injection: unavailable }
    expect: { verdict: deny, reasons: [FACT_UNAVAILABLE, categories, score] }
`;
    await using constitution = await load(textsOf(tests));
    expect(constitution.name).toBe('screened');
  });

  it('fails with a sentence where it leaves open what a fact reads', async () => {
    const tests = `tests:
  - { name: open, expect: { verdict: allow } }
  - { name: known, screens: { injection: { score: 1 } }, expect: { verdict: allow } }
`;
    const { outcomes } = await testConstitution(toFiles(textsOf(tests)));
    expect(outcomes.map(({ passed }) => passed)).toEqual([false, true]);
    expect(outcomes.filter(({ passed }) => !passed).map(testProblem)).toEqual([
      {
        file: 'tests/a.yaml',
        line: 6,
        message:
          'test "open": It states no reading of injection: write screens: { injection: { score: 0 } }, in the test or in defaults.',
      },
    ]);
    expect((await refusal(load(textsOf(tests)))).code).toBe('CONSTITUTION_TESTS_FAILED');
  });

  it('fails otherwise as ever', async () => {
    const tests = `${stated}  - { name: wrong, expect: { verdict: deny, reasons: [injected] } }\n`;
    const { outcomes } = await testConstitution(toFiles(textsOf(tests)));
    expect(outcomes.map(testProblem).map(({ message }) => message)).toEqual([
      'test "wrong": expected deny (injected), got allow (all).',
    ]);
  });

  it('fails where it names a screen that is not declared', async () => {
    const tests = `${stated}  - { name: odd, screens: { injektion: { score: 1 } }, expect: { verdict: allow } }\n`;
    const { outcomes } = await testConstitution(toFiles(textsOf(tests)));
    expect(outcomes).toMatchObject([
      { passed: false, policies: [], problems: ['There is no screen injektion. Did you mean injection?'] },
    ]);
  });

  it.each(['{ score: 101 }', '{ score: 1.5 }', '{ categories: [a] }', '{ score: 1, categories: [A] }', 'down', '80'])(
    'is refused where a reading is none: %s',
    (reading) => {
      const text = `${head}tests:\n  - { name: a, screens: { injection: ${reading} }, expect: { verdict: allow } }\n`;
      const { problems } = readPolicyTests([{ path: 'tests/a.yaml', text }]);
      expect(problems.map(({ line }) => line)).toEqual([6]);
      expect(problems[0]?.message).toContain('injection');
    },
  );
});
