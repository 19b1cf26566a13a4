import { encodeEnvelope, ManualClock, type Verdict } from '@charterbus/core-models';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Constitution,
  cedarEngine,
  type LoadOptions,
  loadConstitution,
  type PolicyEngine,
} from '../../src/index.js';
import { type Texts, textsWith, toFiles } from '../support/files.js';
import { agent, never, request } from '../support/requests.js';

const start = Date.UTC(2026, 0, 1);
const seconds = (count: number) => `datetime("${new Date(start + count * 1000).toISOString()}")`;

const manifest = `cache: { seconds: 40, denySeconds: 15, timeBucketSeconds: 10, entries: 30, tenantShare: 0.4 }
facts:
  send:
    early: now < timestamp("2026-01-01T00:00:35Z")
`;

/** Constitutions that differ in what they allow to whom, and when. */
const written: readonly string[] = [
  `@id("all") permit (principal, action, resource);
   @id("judges") forbid (principal, action in Action::"send", resource) when { principal has role && principal.role == "judge" };`,
  `@id("early") permit (principal, action, resource) when { context.now < ${seconds(25)} };
   @id("later") @escalate("chief") permit (principal in Tenant::"acme", action, resource) when { context.now >= ${seconds(25)} };`,
  `@id("fact") permit (principal, action in Action::"send", resource) when { context.early };
   @id("small") forbid (principal, action, resource) when { context.contentBytes > 40 };
   @id("given") permit (principal, action == Action::"receive", resource) when { resource is Agent && !(resource has role) };`,
];

const withFacts = async (policies: string): Promise<Texts> => {
  const { 'schema.cedarschema': _, ...texts } = await textsWith(policies, manifest);
  return texts;
};

const impure: PolicyEngine = { ...cedarEngine(), capabilities: { pure: false, synchronous: true } };

type Step =
  | { readonly kind: 'swap'; readonly to: number }
  | { readonly kind: 'role'; readonly of: number; readonly role: string | undefined }
  | { readonly kind: 'advance'; readonly milliseconds: number }
  | { readonly kind: 'jump'; readonly milliseconds: number }
  | {
      readonly kind: 'judge';
      readonly from: number;
      readonly to: number;
      readonly point: 'send' | 'receive';
      readonly long: boolean;
    };

const among = fc.nat(5);
const judging = fc.record({
  kind: fc.constant('judge' as const),
  from: among,
  to: among,
  point: fc.constantFrom('send' as const, 'receive' as const),
  long: fc.boolean(),
});
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 30, arbitrary: judging },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('swap' as const), to: fc.nat(written.length - 1) }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('role' as const), of: among, role: fc.constantFrom('judge', undefined) }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('advance' as const), milliseconds: fc.nat(9_000) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('jump' as const),
      milliseconds: fc.integer({ min: -30_000, max: 30_000 }),
    }),
  },
);

/** As registries give them: it can never change. */
const frozenAgent = (tenant: string, id: string, role?: string) =>
  Object.freeze({ ...agent(tenant, id, role), capabilities: Object.freeze([]) as never });

/** Two buses of the same agents at the same clock: one remembers, the other asks Cedar each time. */
class Twins {
  readonly clock = new ManualClock(start);
  readonly #agents = ['a', 'b', 'c'].flatMap((id) => ['acme', 'rival'].map((tenant) => frozenAgent(tenant, id)));
  readonly #files: readonly Texts[];
  #pair: readonly Constitution[] = [];
  hits = 0;
  recalled = 0;

  constructor(files: readonly Texts[]) {
    this.#files = files;
  }

  async swap(to: number): Promise<void> {
    await this.close();
    const files = toFiles(this.#files[to] ?? {});
    const load = (options: LoadOptions) => loadConstitution(files, { ...options, clock: this.clock });
    this.#pair = [await load({}), await load({ engine: impure })];
  }

  role(of: number, role: string | undefined): void {
    const { tenant, id } = this.#agentAt(of);
    this.#agents[of] = frozenAgent(tenant, id, role);
  }

  async judge(judged: Extract<Step, { kind: 'judge' }>): Promise<readonly Verdict[]> {
    const { facts: _, ...asked } = this.#asked(judged);
    const verdicts: Verdict[] = [];
    for (const constitution of this.#pair) {
      const facts = await constitution.gatherFacts(asked, never);
      verdicts.push(await constitution.judge({ ...asked, facts }, never));
    }
    return verdicts;
  }

  /** What is found without asking, and what is said when asked, at both points; nothing where nothing is found. */
  async recall(judged: Extract<Step, { kind: 'judge' }>): Promise<readonly (readonly unknown[])[]> {
    const [remembering] = this.#pair;
    const { sender, recipient, message } = this.#asked(judged);
    if (remembering === undefined || recipient === undefined) return [];
    // Found is what was said twice at both points.
    for (const point of ['send', 'receive', 'send', 'receive'] as const) await this.judge({ ...judged, point });
    const parties = { sender, recipient, envelope: encodeEnvelope(message) };
    const found = remembering.recall(parties, this.clock.now());
    if (found === undefined) return [];
    this.recalled += 1;
    const [, send] = await this.judge({ ...judged, point: 'send' });
    const [, receive] = await this.judge({ ...judged, point: 'receive' });
    return [JSON.parse(JSON.stringify(found)) as unknown[], [send, receive]];
  }

  async close(): Promise<void> {
    this.hits += this.#pair[0]?.cacheCounts?.hits ?? 0;
    await Promise.all(this.#pair.map((constitution) => constitution.close()));
  }

  #asked({ from, to, point, long }: Extract<Step, { kind: 'judge' }>): ReturnType<typeof request> {
    const content = long ? 'x'.repeat(50) : {};
    return request({ point, sender: this.#agentAt(from), recipient: this.#agentAt(to), content });
  }

  #agentAt(index: number) {
    const found = this.#agents[index];
    if (found === undefined) throw new Error('There is no such agent.');
    return found;
  }
}

const take = async (twins: Twins, taken: Step): Promise<void> => {
  if (taken.kind === 'swap') await twins.swap(taken.to);
  else if (taken.kind === 'role') twins.role(taken.of, taken.role);
  else if (taken.kind === 'advance') twins.clock.advance(taken.milliseconds);
  else if (taken.kind === 'jump') twins.clock.jump(taken.milliseconds);
  else {
    const [remembered, asked] = await twins.judge(taken);
    expect(remembered).toEqual(asked);
    const [found, said] = await twins.recall(taken);
    expect(found).toEqual(said);
  }
};

describe('verdicts that rest on remembered answers', () => {
  it('are those of an engine that is asked each time, through swaps, changed roles, time and clocks that are set', async () => {
    const files = await Promise.all(written.map(withFacts));
    const seen = { hits: 0, judged: 0, recalled: 0 };
    await fc.assert(
      fc.asyncProperty(
        fc.nat(written.length - 1),
        fc.array(step, { minLength: 150, maxLength: 150 }),
        async (first, steps) => {
          const twins = new Twins(files);
          await twins.swap(first);
          for (const taken of steps) await take(twins, taken);
          await twins.close();
          seen.hits += twins.hits;
          seen.recalled += twins.recalled;
          seen.judged += steps.filter(({ kind }) => kind === 'judge').length;
        },
      ),
      { seed: 20_261_124, numRuns: 15, endOnFailure: true },
    );
    expect(seen.hits / seen.judged).toBeGreaterThan(0.1);
    expect(seen.recalled).toBeGreaterThan(20);
  }, 120_000);

  const loadWith = async (policies: string, cache: string, options: LoadOptions = {}) =>
    loadConstitution(toFiles(await textsWith(policies, cache)), options);

  it('are given at once, without a promise, and count', async () => {
    const constitution = await loadWith('@id("all") permit (principal, action, resource);', '');
    const asked = request();
    const first = constitution.judge(asked, never);
    expect(first).not.toBeInstanceOf(Promise);
    const second = constitution.judge(asked, never);
    expect(second).not.toBeInstanceOf(Promise);
    expect({ ...(await second), at: '' }).toEqual({ ...(await first), at: '' });
    expect(constitution.cacheCounts).toEqual({
      hits: 1,
      misses: 1,
      stale: 0,
      joined: 0,
      passed: 0,
      evictions: 0,
      entries: 1,
    });
    await constitution.close();
  });

  it('differ where approvals do', async () => {
    const constitution = await loadWith('@id("ask") @escalate("chief") permit (principal, action, resource);', '');
    const asked = request();
    const [digest] = [...constitution.policies.values()].map((policy) => policy.digest);
    const approval = { policy: 'ask', policyDigest: digest ?? '', messageDigest: asked.messageDigest };
    const judge = (approvals: (typeof approval)[]) => constitution.judge({ ...asked, approvals }, never);
    for (let count = 0; count < 2; count++) {
      expect(await judge([])).toMatchObject({ effect: 'escalate', approved: [] });
      expect(await judge([approval])).toMatchObject({ effect: 'allow', approved: ['ask'] });
      expect(await judge([{ ...approval, messageDigest: '0' }])).toMatchObject({ effect: 'escalate' });
    }
    expect(constitution.cacheCounts).toMatchObject({ misses: 1, hits: 5 });
  });

  it('are none for requests that are not in order, aborted or wanting, however often they were in order', async () => {
    const constitution = await loadWith('@id("all") permit (principal, action, resource);', '');
    const asked = request();
    await constitution.judge(asked, never);
    const wanting = { code: 'FACT_UNAVAILABLE', names: ['x'] } as const;
    expect(await constitution.judge({ ...asked, tenant: 'rival' }, never)).toMatchObject({ cause: 'error' });
    expect(await constitution.judge(asked, AbortSignal.abort())).toMatchObject({ cause: 'timeout' });
    expect(await constitution.judge({ ...asked, facts: { ...asked.facts, wanting } }, never)).toMatchObject({
      cause: 'facts',
    });
    expect(await constitution.judge({ ...asked, facts: { ...asked.facts, action: 'receive' } }, never)).toMatchObject({
      cause: 'error',
    });
    await constitution.close();
    expect(await constitution.judge(asked, never)).toMatchObject({ cause: 'error' });
  });

  it('cannot be changed by whoever gets them', async () => {
    const constitution = await loadWith('@id("all") permit (principal, action, resource);', '');
    await constitution.judge(request(), never);
    const verdict = await constitution.judge(request(), never);
    expect(() => (verdict.reasons as string[]).push('mine')).toThrow(TypeError);
    Object.assign(verdict, { effect: 'deny' });
    expect(await constitution.judge(request(), never)).toMatchObject({ effect: 'allow', reasons: ['all'] });
  });

  it('see the beginning of the bucket, in facts, policies and tests alike', async () => {
    const clock = new ManualClock(start + 12_345);
    const noon = `@id("exact") permit (principal, action, resource) when { context.now == ${seconds(10)} };`;
    const bucket = 'cache: { timeBucketSeconds: 10 }\n';
    const constitution = await loadWith(noon, bucket, { clock });
    const { facts: _, ...asked } = request();
    const facts = await constitution.gatherFacts(asked, never);
    expect(facts.now).toBe(start + 10_000);
    const verdict = await constitution.judge({ ...asked, facts }, never);
    expect(verdict).toMatchObject({ effect: 'allow', at: '2026-01-01T00:00:12.345Z' });
    // Also where facts were gathered by somebody else.
    const exact = { ...facts, now: start + 19_999 };
    expect(await constitution.judge({ ...asked, facts: exact }, never)).toMatchObject({ effect: 'allow' });
    const world = { tables: {}, providers: {} };
    const { constitution: tested } = constitution.inWorld({ now: start + 17_000, world });
    expect(await tested?.gatherFacts(asked, never)).toMatchObject({ now: start + 10_000 });
    await tested?.judge({ ...asked, facts: exact }, never);
    expect(constitution.cacheCounts).toMatchObject({ misses: 1, hits: 1 });
  });
});
