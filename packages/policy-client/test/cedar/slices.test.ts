import { describe, expect, it } from 'vitest';
import { cedarEngine } from '../../src/cedar/cedar-engine.js';
import { type CedarInstance, newCedarInstance } from '../../src/cedar/instance.js';
import { contextFields } from '../../src/engine/context-fields.js';
import type { Actions, EngineAnswer, EngineRequest, EngineSnapshot, FactType } from '../../src/index.js';
import {
  type Chooser,
  chooserOf,
  randomRequest,
  randomRule,
  ruleToCedar,
  testActions,
} from '../../src/testing/index.js';
import { never } from '../support/requests.js';
import { sorted, wholeSet } from './support/whole-set.js';

const load = async (policies: string, newInstance?: () => CedarInstance): Promise<EngineSnapshot> => {
  const sources = { policies: [{ path: 'policies/own.cedar', text: policies }] };
  const engine = cedarEngine(newInstance === undefined ? {} : { newInstance });
  const loaded = await engine.load(sources as never, testActions, never);
  if (loaded.snapshot === undefined) throw new Error(JSON.stringify(loaded.problems));
  return loaded.snapshot;
};

const readsOf = (snapshot: EngineSnapshot, action: string) => {
  const found = snapshot.reads?.(action);
  return { context: [...(found?.context ?? [])].toSorted(), facts: [...(found?.facts ?? [])].toSorted() };
};

const scopes = [
  'action',
  'action in Action::"send"',
  'action == Action::"receive"',
  'action in Action::"refund"',
  'action in [Action::"refund", Action::"receive"]',
  'action in [Action::"send"]',
  'action == Action::"rebook"',
];

/** Policies that differ in scope, among them some that err for large contents. */
const randomPolicy = (chooser: Chooser, id: string): string => {
  if (chooser.once(2)) return ruleToCedar(randomRule(chooser, id, testActions));
  const effect = chooser.once(2) ? 'permit' : 'forbid';
  const errs = 'context.contentBytes + 9223372036854775000 > 0';
  const body = chooser.pick([
    errs,
    errs,
    errs,
    'context has cabin && context.cabin == "business"',
    'action in [Action::"refund", Action::"receive"] || context.isReply',
    'Action::"rebook" in Action::"send" && context.priorityRank > 1',
    'context.now >= datetime("2026-01-01")',
    'principal has role && principal.role != "judge"',
    'principal in Tenant::"acme"',
    'resource is Agent && resource in Tenant::"acme" && principal.tenant == resource.tenant',
    'principal.capabilities.contains("a") || principal.id like "a*"',
  ]);
  // What can never be is refused.
  const possible = scopes.filter((scope) => !body.includes('cabin') || !scope.includes('== Action::"receive"'));
  return `@id("${id}") ${effect} (principal, ${chooser.pick(possible)}, resource) when { ${body} };`;
};

describe('slices', () => {
  it('never change a decision, a reason or an error', async () => {
    let [erred, allowed, named] = [0, 0, 0];
    for (let seed = 1; seed <= 40; seed++) {
      const chooser = chooserOf(31_000 + seed);
      const ids = Array.from({ length: 2 + chooser.below(10) }, (_, index) => `p${index}`);
      const policies = new Map(ids.map((id) => [id, randomPolicy(chooser, id)]));
      const [snapshot, whole] = [await load([...policies.values()].join('\n')), wholeSet(policies)];
      for (let number = 0; number < 40; number++) {
        const request = randomRequest(chooser, testActions);
        const [sliced, expected] = [snapshot.evaluate(request, never) as EngineAnswer, whole(request)];
        expect(sorted(sliced), `seed ${seed}, request ${number}: ${JSON.stringify(request)}`).toEqual(sorted(expected));
        if (expected.errors.length > 0) erred += 1;
        else if (expected.decision === 'allow') allowed += 1;
        else if (expected.policies.length > 0) named += 1;
      }
      await snapshot.close();
    }
    expect(Math.min(erred, allowed, named)).toBeGreaterThan(100);
  }, 60_000);

  it('read what the policies of their action can read', async () => {
    const snapshot = await load(`
      @id("a") permit (principal, action, resource) when { context.isReply };
      @id("b") forbid (principal, action == Action::"refund", resource) when { context.cabin == "x" };
      @id("c") forbid (principal, action in Action::"refund", resource) when { context has insured && context.insured };
      @id("d") forbid (principal, action in [Action::"rebook", Action::"receive"], resource)
        when { context.now > datetime("2026-01-01") };
      @id("e") forbid (principal, action in Action::"send", resource) when { context.messageType == "event" };`);
    expect(readsOf(snapshot, 'send')).toEqual({ context: ['isReply', 'messageType'], facts: [] });
    expect(readsOf(snapshot, 'receive')).toEqual({ context: ['isReply', 'now'], facts: [] });
    expect(readsOf(snapshot, 'refund')).toEqual({ context: ['isReply', 'messageType'], facts: ['cabin', 'insured'] });
    expect(readsOf(snapshot, 'rebook')).toEqual({ context: ['isReply', 'messageType', 'now'], facts: [] });
    expect(snapshot.reads?.('elsewhere')).toBeUndefined();
    const facts = Object.fromEntries(snapshot.policies.map((policy) => [policy.id, [...(policy.facts ?? [])]]));
    expect(facts).toEqual({ a: [], b: ['cabin'], c: ['insured'], d: [], e: [] });
  });

  it('read everything where a context is used whole, and say so of the policy', async () => {
    const snapshot = await load(
      '@id("a") permit (principal, action == Action::"rebook", resource) when { context == context };',
    );
    expect(readsOf(snapshot, 'rebook')).toEqual({ context: [...contextFields].toSorted(), facts: ['cabin'] });
    expect([...(snapshot.policies[0]?.facts ?? [])]).toEqual(['cabin']);
  });

  it('send Cedar what can be read, and nothing else', async () => {
    const calls: { context: object }[] = [];
    const newInstance = (): CedarInstance => {
      const real = newCedarInstance();
      return { ...real, statefulIsAuthorized: (call) => (calls.push(call as never), real.statefulIsAuthorized(call)) };
    };
    const snapshot = await load(
      `@id("a") permit (principal, action, resource) when { context.isReply || true };
       @id("b") forbid (principal, action == Action::"refund", resource) when { context.amount > 5 };`,
      newInstance,
    );
    calls.length = 0;
    const request = randomRequest(chooserOf(1), testActions);
    const facts = { cabin: 'business', amount: 7, insured: true };
    const recipient = { tenant: 'acme', id: 'z', capabilities: [] };
    const answer = snapshot.evaluate({ ...request, point: 'send', recipient, action: 'refund', facts }, never);
    expect(answer).toMatchObject({ decision: 'deny', policies: ['b'], errors: [] });
    expect(calls.map(({ context }) => context)).toEqual([{ isReply: request.context.isReply, amount: 7 }]);
  });

  it.each([
    ['who is who', 'principal == resource', []],
    ['one attribute', 'resource is Agent && principal.tenant == resource.tenant', ['tenant']],
    ['one that is asked for', 'principal has role', ['role'], '', 1],
    ['one in other words', String.raw`principal["\u{72}ole"] == "judge"`, ['role'], 'principal has role && ', 1],
    ['one of somebody', '(if context.isReply then principal else principal) has role', ['role']],
    ['whoever is in a tenant', 'principal in Tenant::"acme"', [], ''],
    ['whoever is an agent of a tenant', 'resource is Agent in Tenant::"acme"', [], ''],
  ] as const)(
    'send Cedar of agents what can be read: %s',
    async (_name, condition, attributes, guard = '', agents: number = 2) => {
      const calls: { entities: { attrs: object; parents: object[] }[] }[] = [];
      const newInstance = (): CedarInstance => {
        const real = newCedarInstance();
        return {
          ...real,
          statefulIsAuthorized: (call) => (calls.push(call as never), real.statefulIsAuthorized(call)),
        };
      };
      const snapshot = await load(
        `@id("a") permit (principal, action == Action::"send", resource) when { ${guard}${condition} };
       @id("b") permit (principal, action == Action::"receive", resource);`,
        newInstance,
      );
      calls.length = 0;
      const agent = { tenant: 'acme', id: 'z', role: 'judge', capabilities: ['x'] };
      const request = { ...randomRequest(chooserOf(1), testActions), sender: agent, recipient: { ...agent, id: 'y' } };
      const shared = { ...request, tenant: 'acme', facts: {} };
      snapshot.evaluate({ ...shared, point: 'send', action: 'send' }, never);
      snapshot.evaluate({ ...shared, point: 'receive', action: 'receive' }, never);
      const [sent, received] = calls.map(({ entities }) => entities);
      const ancestors = condition.includes(' in Tenant');
      expect(sent?.map(({ attrs, parents }) => [Object.keys(attrs), parents.length])).toEqual(
        attributes.length === 0 && !ancestors
          ? []
          : Array.from({ length: agents }, () => [attributes, ancestors ? 1 : 0]),
      );
      expect(received).toEqual([]);
    },
  );

  it.each([
    ['of another type', { amount: '7' }],
    ['that is missing', {}],
    ['that is no whole number', { amount: 0.5 }],
    ['that is a list', { amount: [7] }],
    ['of the prototype', Object.create({ amount: 7 }) as EngineRequest['facts']],
  ])('err for a fact %s', async (_name, facts) => {
    const snapshot = await load(
      '@id("a") permit (principal, action == Action::"refund", resource) when { context.amount < 9 };',
    );
    const recipient = { tenant: 'acme', id: 'z', capabilities: [] };
    const request: EngineRequest = {
      ...randomRequest(chooserOf(1), testActions),
      point: 'send',
      recipient,
      action: 'refund',
      facts,
    };
    expect((snapshot.evaluate({ ...request, facts: { amount: 7 } }, never) as EngineAnswer).decision).toBe('allow');
    expect((snapshot.evaluate(request, never) as EngineAnswer).errors).toHaveLength(1);
    expect(() => snapshot.evaluate({ ...request, action: 'elsewhere' }, never)).toThrow('no such action');
  });

  const typed = (name: string, type: FactType) => [name, { name, type, optional: false, redact: false }] as const;
  const flight: Actions = new Map([
    ...testActions,
    [
      'fly',
      {
        name: 'fly',
        tool: true,
        facts: new Map([
          typed('at', 'timestamp'),
          typed('delay', 'duration'),
          typed('stops', { setOf: 'string' }),
          typed('times', { setOf: 'timestamp' }),
          typed('waits', { setOf: 'duration' }),
        ]),
      },
    ],
  ]);
  const facts: EngineRequest['facts'] = {
    at: { timestamp: Date.UTC(2026, 0, 1, 12, 0, 0, 5) },
    delay: { milliseconds: -90_061_001 },
    stops: ['SFO', 'JFK'],
    times: [{ timestamp: 0 }],
    waits: [{ milliseconds: 60_000 }, { milliseconds: 0 }],
  };
  it.each([
    ['context.at == datetime("2026-01-01T12:00:00.005Z")', true],
    ['context.at > datetime("2026-01-01T12:00:00.005Z")', false],
    ['context.delay == duration("-1d1h1m1s1ms")', true],
    ['context.delay < duration("-1d1h1m1s1ms")', false],
    ['context.stops.containsAll(["JFK", "SFO"]) && !context.stops.isEmpty()', true],
    ['context.stops.contains("SEA")', false],
    ['context.times.contains(datetime("1970-01-01"))', true],
    ['context.waits == [duration("1m"), duration("0s")]', true],
  ])('know facts of every type: %s', async (condition, holds) => {
    const policies = [
      {
        path: 'policies/own.cedar',
        text: `@id("a") permit (principal, action == Action::"fly", resource) when { ${condition} };`,
      },
    ];
    const { snapshot, problems } = await cedarEngine().load({ policies } as never, flight, never);
    expect(problems).toEqual([]);
    const recipient = { tenant: 'acme', id: 'z', capabilities: [] };
    const asked = { ...randomRequest(chooserOf(1), testActions), point: 'send', recipient, facts } as const;
    const decision = holds ? 'allow' : 'deny';
    expect(snapshot?.evaluate({ ...asked, action: 'fly' }, never)).toMatchObject({ decision, errors: [] });
    // No policy is about it at all.
    expect(snapshot?.evaluate({ ...asked, action: 'rebook' }, never)).toEqual({
      decision: 'deny',
      policies: [],
      errors: [],
    });
  });

  it('are refused when there would be too many', async () => {
    const tools = Array.from({ length: 60 }, (_, index) => `tool${index}`);
    const action = (name: string) => [name, { name, tool: name.startsWith('tool'), facts: new Map() }] as const;
    const actions = new Map(['send', 'receive', ...tools].map(action));
    const of = (name: string) => `@id("${name}") permit (principal, action == Action::"${name}", resource);`;
    const shared = Array.from({ length: 900 }, (_, index) => `@id("p${index}") permit (principal, action, resource);`);
    const text = [...tools.map(of), ...shared].join('\n');
    const sources = { policies: [{ path: 'policies/own.cedar', text }] };
    const loaded = await cedarEngine().load(sources as never, actions, never);
    expect(loaded.problems).toMatchObject([{ file: 'policies', message: expect.stringContaining('50000') as unknown }]);
  });
});
