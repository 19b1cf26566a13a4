import { ManualClock } from '@charterbus/core-models';
import { describe, expect, it } from 'vitest';
import { type ConstitutionFacts, type GatheredFacts, noFacts } from '../../src/index.js';
import { ruleSnapshot, snapshotConstitution } from '../../src/testing/index.js';
import { raise, rejection } from '../support/odd-answers.js';
import { never, request } from '../support/requests.js';

const asked = request();
const gathered: GatheredFacts = { action: 'send', now: 5, values: {} };
const providers = { score: { parameters: ['string'], returns: 'int' } };

const gathering = (gather: ConstitutionFacts['gather'], options = {}) =>
  snapshotConstitution(ruleSnapshot([{ id: 'all', effect: 'permit' }]), {
    facts: { ...noFacts, gather },
    manifest: { facts: { providers } as never },
    ...options,
  });

describe('gatherFacts', () => {
  it('answers at once where nobody has to be asked', () => {
    expect(gathering(() => gathered).gatherFacts(asked, never)).toBe(gathered);
  });

  it('tells the moment and what is wanted', () => {
    const clock = new ManualClock(77);
    const wanted: unknown[] = [];
    const snapshot = {
      ...ruleSnapshot([]),
      reads: (action: string) =>
        action === 'receive' ? undefined : { context: new Set<never>(), facts: new Set([`of-${action}`]) },
    };
    const fact = { name: 'colleague', type: 'bool', optional: false, redact: false } as const;
    const receive = { name: 'receive', tool: false, facts: new Map([['colleague', fact]]) };
    const facts: ConstitutionFacts = {
      ...noFacts,
      actions: new Map([...noFacts.actions, ['receive', receive]]),
      gather: (_subject, options) => {
        for (const action of ['send', 'receive', 'elsewhere']) wanted.push([...options.wanted(action)]);
        return { ...gathered, now: options.now };
      },
    };
    const constitution = snapshotConstitution(snapshot, { clock, facts });
    expect(constitution.gatherFacts(asked, never)).toMatchObject({ now: 77 });
    expect(wanted).toEqual([['of-send'], ['colleague'], []]);
  });

  it.each<[string, ConstitutionFacts['gather']]>([
    ['throws', () => raise(new Error('rows'))],
    ['rejects', () => rejection(new Error('rows')) as Promise<GatheredFacts>],
    ['rejects without a reason', () => rejection(undefined) as Promise<GatheredFacts>],
  ])('is wanting facts, which deny, when gathering %s', async (_name, gather) => {
    const faults: unknown[] = [];
    const constitution = gathering(gather, { onFault: ({ cause }: { cause: unknown }) => faults.push(cause) });
    const facts = await constitution.gatherFacts(asked, never);
    expect(facts).toMatchObject({ action: 'send', values: {}, wanting: { code: 'FACT_UNAVAILABLE', names: [] } });
    expect(await constitution.judge({ ...asked, facts }, never)).toMatchObject({
      effect: 'deny',
      cause: 'facts',
      reasons: ['FACT_UNAVAILABLE'],
    });
    expect(faults).toEqual(facts.wanting?.cause === undefined ? [] : [new Error('rows')]);
  });

  it('is wanting them at the deadline, tells whoever is asked to stop, and ignores what comes late', async () => {
    const clock = new ManualClock();
    let signalled: AbortSignal | undefined;
    const { promise, resolve } = Promise.withResolvers<GatheredFacts>();
    const gather: ConstitutionFacts['gather'] = (_subject, _options, signal) => {
      signalled = signal;
      return promise;
    };
    const constitution = gathering(gather, {
      clock,
      timers: clock,
      manifest: { facts: { providers } as never, thresholds: { judgementMilliseconds: 50 } },
    });
    const gathers = constitution.gatherFacts(asked, never);
    clock.advance(49);
    expect(signalled?.aborted).toBe(false);
    clock.advance(1);
    const facts = await gathers;
    expect(facts).toMatchObject({ wanting: { code: 'POLICY_TIMEOUT', names: [] } });
    expect(signalled?.aborted).toBe(true);
    expect(await constitution.judge({ ...asked, facts }, never)).toMatchObject({
      cause: 'facts',
      code: 'POLICY_TIMEOUT',
      reasons: ['POLICY_TIMEOUT'],
    });
    resolve(gathered);
  });

  it('is wanting them when the caller aborts, and answers what comes in time', async () => {
    const controller = new AbortController();
    const waiting = gathering(() => Promise.withResolvers<GatheredFacts>().promise);
    const gathers = waiting.gatherFacts(asked, controller.signal);
    controller.abort();
    expect(await gathers).toMatchObject({ wanting: { code: 'POLICY_TIMEOUT' } });
    expect(await gathering(async () => gathered).gatherFacts(asked, never)).toBe(gathered);
  });
});
