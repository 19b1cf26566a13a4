import { type DeliveryObligation, seededRandom } from '@charterbus/core-models';
import { describe, expect, it } from 'vitest';
import { differs, VerdictDifferences } from '../../src/life/verdict-differences.js';
import { rulesConstitution } from '../../src/testing/index.js';
import { never, request } from '../support/requests.js';

const remove = (path: string): DeliveryObligation => ({ kind: 'remove', path });
const mask = (keep: number): DeliveryObligation => ({ kind: 'mask', path: '/iban', keep });

const verdictWith = (...obligations: readonly DeliveryObligation[]) =>
  rulesConstitution([{ id: 'all', effect: 'permit', ...(obligations.length === 0 ? {} : { obligations }) }]).judge(
    request(),
    never,
  );

describe('two verdicts that allow', () => {
  it.each([
    ['one removes what the other shows', [remove('/card')], [], true],
    ['one keeps more of a text', [mask(2)], [mask(4)], true],
    ['both ask for the same, in another order', [remove('/card'), mask(4)], [mask(4), remove('/card')], false],
    ['neither asks for anything', [], [], false],
  ])('differ for who gets the message, or not: %s', async (_name, before, after, expected) => {
    expect(differs(await verdictWith(...before), await verdictWith(...after))).toBe(expected);
  });

  it('are counted with what they oblige to', async () => {
    const differences = new VerdictDifferences<string>(seededRandom(1));
    differences.add('m1', await verdictWith(remove('/card')), await verdictWith());
    differences.add('m2', await verdictWith(remove('/card')), await verdictWith());
    const allowed = { effect: 'allow', policies: ['all'], reasons: ['all'] };
    expect(differences.kinds).toEqual([
      { before: { ...allowed, obligations: [remove('/card')] }, after: allowed, count: 2 },
    ]);
  });
});
