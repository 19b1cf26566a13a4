import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cedarEngine } from '../../src/cedar/cedar-engine.js';
import { type CedarInstance, newCedarInstance } from '../../src/cedar/instance.js';
import type { SlicingOptions } from '../../src/cedar/scoped-sets.js';
import type { AgentView, EngineAnswer, EngineRequest, EngineSnapshot } from '../../src/index.js';
import { testActions } from '../../src/testing/index.js';
import { never } from '../support/requests.js';
import { sorted, wholeSet } from './support/whole-set.js';

const tenants = ['acme', 'rival', 'a.b'] as const;
const ids = ['a', 'b', 'Tenant', 'x:y@z'] as const;

/** Everything that a scope can say of a principal or a resource. */
const scopeOf = (side: 'principal' | 'resource') => {
  const agent = fc
    .tuple(fc.constantFrom(...tenants), fc.constantFrom(...ids))
    .map(([tenant, id]) => `Agent::"${tenant}/${id}"`);
  const tenant = fc.constantFrom(...tenants).map((name) => `Tenant::"${name}"`);
  const forms = [
    fc.constant(side),
    agent.map((uid) => `${side} == ${uid}`),
    agent.map((uid) => `${side} in ${uid}`),
    tenant.map((uid) => `${side} in ${uid}`),
    fc.constant(`${side} is Agent`),
    tenant.map((uid) => `${side} is Agent in ${uid}`),
    agent.map((uid) => `${side} is Agent in ${uid}`),
  ];
  const ofTenants = [
    tenant.map((uid) => `${side} == ${uid}`),
    fc.constant(`${side} is Tenant`),
    tenant.map((uid) => `${side} is Tenant in ${uid}`),
  ];
  return fc.oneof(...forms, ...(side === 'resource' ? ofTenants : []));
};

const actionScope = fc.constantFrom(
  'action',
  'action in Action::"send"',
  'action == Action::"receive"',
  'action == Action::"refund"',
  'action in [Action::"refund", Action::"receive"]',
);

/** Conditions that hold, do not, or err. */
const condition = fc.constantFrom(
  '',
  'when { context.isReply }',
  'when { context.contentBytes + 9223372036854775000 > 0 }',
  'when { principal has role && principal.role == "judge" }',
  'unless { context.priorityRank > 1 }',
);

interface Written {
  readonly effect: string;
  readonly principal: string;
  readonly action: string;
  readonly resource: string;
  readonly condition: string;
}

const policy: fc.Arbitrary<Written> = fc.record({
  effect: fc.constantFrom('permit', 'permit', 'forbid'),
  principal: scopeOf('principal'),
  action: actionScope,
  resource: scopeOf('resource'),
  condition,
});

/** What can never be is refused: only a plain send may go to a tenant. */
const isPossible = ({ action, resource }: Written): boolean =>
  action === 'action' ||
  action === 'action in Action::"send"' ||
  !/Tenant::.*|is Tenant/.test(resource.replace(/(is Agent )?in Tenant::.*/, ''));

const textsOf = (policies: readonly Written[]): ReadonlyMap<string, string> =>
  new Map(
    policies.map(({ effect, principal, action, resource, condition: when }, index) => [
      `p${index}`,
      `@id("p${index}") ${effect} (${principal}, ${action}, ${resource}) ${when};`,
    ]),
  );

const agent = (tenant: fc.Arbitrary<string>): fc.Arbitrary<AgentView> =>
  fc
    .record({ tenant, id: fc.constantFrom(...ids), role: fc.constantFrom('judge', undefined) })
    .map(({ role, ...rest }) => ({ ...rest, capabilities: [], ...(role === undefined ? {} : { role }) }));

const request: fc.Arbitrary<EngineRequest> = fc
  .record({
    sender: agent(fc.constantFrom(...tenants)),
    recipient: agent(fc.constantFrom(...tenants)),
    action: fc.constantFrom('send', 'send', 'receive', 'refund'),
    everyone: fc.boolean(),
    isReply: fc.boolean(),
    contentBytes: fc.constantFrom(0, 1_000),
    priorityRank: fc.integer({ min: 0, max: 3 }),
  })
  .map(({ sender, recipient, action, everyone, ...context }) => {
    const toEveryone = everyone && action === 'send';
    const same = sender.tenant === recipient.tenant && sender.id === recipient.id;
    return {
      point: action === 'receive' ? 'receive' : 'send',
      action,
      sender,
      ...(toEveryone ? {} : { recipient: same ? sender : recipient }),
      tenant: recipient.tenant,
      context: { ...context, toEveryone, messageType: 'query', priority: 'low', now: 0 },
      facts: action === 'refund' ? { cabin: 'x', amount: 1 } : { urgent: true },
    };
  });

const cutAll: SlicingOptions = { leastPolicies: 1, mostSets: 3, preparationCost: 0 };

const load = async (
  text: string,
  slicing: Partial<SlicingOptions>,
  newInstance: () => CedarInstance,
): Promise<EngineSnapshot> => {
  const sources = { policies: [{ path: 'policies/own.cedar', text }] };
  const loaded = await cedarEngine({ newInstance, slicing }).load(sources as never, testActions, never);
  if (loaded.snapshot === undefined) throw new Error(JSON.stringify(loaded.problems));
  return loaded.snapshot;
};

/** Real Cedar, and how it was used: the sets that were prepared, by name, and those that were asked. */
const watching = () => {
  const prepared: { readonly name: string; readonly ids: readonly string[] }[] = [];
  const asked: string[] = [];
  const newInstance = (): CedarInstance => {
    const real = newCedarInstance();
    return {
      ...real,
      preparsePolicySet: (name, policies) => {
        const { staticPolicies } = policies as { readonly staticPolicies: object };
        prepared.push({ name, ids: Object.keys(staticPolicies) });
        return real.preparsePolicySet(name, policies);
      },
      statefulIsAuthorized: (call) => {
        asked.push((call as { readonly preparsedPolicySetId: string }).preparsedPolicySetId);
        return real.statefulIsAuthorized(call);
      },
    };
  };
  return { prepared, asked, newInstance };
};

describe('policies cut by scope', () => {
  it('decide, name and err as all of them do in bare Cedar', async () => {
    const seen = { erred: 0, allowed: 0, forbidden: 0, cut: 0 };
    await fc.assert(
      fc.asyncProperty(
        fc.array(policy.filter(isPossible), { minLength: 1, maxLength: 24 }),
        fc.array(request, { minLength: 12, maxLength: 12 }),
        async (written, requests) => {
          const policies = textsOf(written);
          const { asked, newInstance } = watching();
          const snapshot = await load([...policies.values()].join('\n'), cutAll, newInstance);
          const whole = wholeSet(policies);
          asked.length = 0;
          for (const each of requests) {
            const [sliced, expected] = [snapshot.evaluate(each, never) as EngineAnswer, whole(each)];
            expect(sorted(sliced)).toEqual(sorted(expected));
            if (expected.errors.length > 0) seen.erred += 1;
            else if (expected.decision === 'allow') seen.allowed += 1;
            else if (expected.policies.length > 0) seen.forbidden += 1;
          }
          seen.cut += asked.filter((name) => name.startsWith('scope-')).length;
          await snapshot.close();
        },
      ),
      { seed: 20_261_123, numRuns: 200, endOnFailure: true },
    );
    expect(Math.min(seen.erred, seen.allowed, seen.forbidden, seen.cut)).toBeGreaterThan(80);
  }, 120_000);

  const owned = (count: number) =>
    Array.from(
      { length: count },
      (_, index) =>
        `@id("p${index}") permit (principal == Agent::"acme/a${index}", action in Action::"send", resource);`,
    ).join('\n');
  const asks = (id: string): EngineRequest => ({
    point: 'send',
    action: 'send',
    sender: { tenant: 'acme', id, capabilities: [] },
    recipient: { tenant: 'acme', id: 'b', capabilities: [] },
    tenant: 'acme',
    context: {
      messageType: 'query',
      priority: 'low',
      priorityRank: 0,
      contentBytes: 0,
      isReply: false,
      toEveryone: false,
      now: 0,
    },
    facts: { urgent: false },
  });
  const own = (index: number) => ({ decision: 'allow', policies: [`p${index}`], errors: [] });

  it('are prepared when they would have paid for it, and those who are named nowhere share one set', async () => {
    const { prepared, asked, newInstance } = watching();
    const snapshot = await load(owned(40), { preparationCost: 100 }, newInstance);
    const before = prepared.length;
    asked.length = 0;
    for (let count = 0; count < 4; count++) expect(snapshot.evaluate(asks('a7'), never)).toEqual(own(7));
    expect(asked).toEqual(['slice-0', 'slice-0', 'scope-127', 'scope-127']);
    expect(prepared.slice(before)).toEqual([{ name: 'scope-127', ids: ['p7'] }]);
    for (const id of ['x', 'y', 'z']) expect(snapshot.evaluate(asks(id), never)).toMatchObject({ decision: 'deny' });
    expect(prepared.slice(before + 1).map(({ ids: named }) => named)).toEqual([[]]);
    await snapshot.close();
  });

  it('are not cut where there are few, nor where no scope tells anybody apart', async () => {
    const { asked, newInstance } = watching();
    const few = await load(owned(31), { preparationCost: 0 }, newInstance);
    const alike = await load(
      owned(40).replaceAll(/principal == [^,]*/g, 'principal'),
      { preparationCost: 0 },
      newInstance,
    );
    asked.length = 0;
    for (const snapshot of [few, alike]) for (let count = 0; count < 3; count++) snapshot.evaluate(asks('a7'), never);
    expect(new Set(asked)).toEqual(new Set(['slice-0']));
  });

  it('use the names of their sets again, so that an instance does not grow', async () => {
    const { prepared, newInstance } = watching();
    const snapshot = await load(owned(40), { ...cutAll, mostSets: 4 }, newInstance);
    const before = prepared.length;
    for (let count = 0; count < 200; count++)
      expect(snapshot.evaluate(asks(`a${count % 40}`), never)).toEqual(own(count % 40));
    expect(prepared.length - before).toBe(200);
    expect(new Set(prepared.slice(before).map(({ name }) => name)).size).toBe(4);
    await snapshot.close();
  });

  it('are all asked where Cedar does not take a cut, and cut anew after a trap', async () => {
    let mood: 'fine' | 'refuses' | 'traps' = 'fine';
    const newInstance = (): CedarInstance => {
      const real = newCedarInstance();
      return {
        ...real,
        preparsePolicySet: (name, policies) => {
          if (mood === 'refuses' && name.startsWith('scope')) return { type: 'failure', errors: [{ message: 'no' }] };
          return real.preparsePolicySet(name, policies);
        },
        statefulIsAuthorized: (call) => {
          if (mood === 'traps') throw new Error('unreachable');
          return real.statefulIsAuthorized(call);
        },
      };
    };
    const snapshot = await load(owned(40), cutAll, newInstance);
    mood = 'refuses';
    for (let count = 0; count < 10; count++) expect(snapshot.evaluate(asks(`a${count}`), never)).toEqual(own(count));
    mood = 'fine';
    expect(snapshot.evaluate(asks('a1'), never)).toEqual(own(1));
    mood = 'traps';
    expect(() => snapshot.evaluate(asks('a1'), never)).toThrow('unreachable');
    mood = 'fine';
    for (const index of [1, 2, 1]) expect(snapshot.evaluate(asks(`a${index}`), never)).toEqual(own(index));
    await snapshot.close();
  });
});
