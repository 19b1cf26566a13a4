import { CharterbusError, ManualClock, type Receipt, sha256 } from '@charterbus/core-models';
import type { Constitution } from '@charterbus/policy-client';
import { type Rule, ruleSnapshot, snapshotConstitution } from '@charterbus/policy-client/testing';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { EmbeddedBroker } from '../../src/broker/embedded-broker.js';
import { type Bus, memoryBackend, type OpenBackend } from '../../src/index.js';
import { MemoryRecords } from '../../src/life/memory-records.js';
import { type Fleet, plainRules, startFleet, toWorker, turn } from '../support/fleet.js';
import { seededPause } from '../support/refund-desk.js';
import { SlowJournal } from '../support/slow-journal.js';

/**
 * Four constitutions that differ in what they let pass and in the rule that holds governance: in two of them that rule
 * is byte-equal, so that approvals carry over between those and nowhere else.
 */
const editions: readonly (readonly Rule[])[] = [0, 1, 2, 3].map((edition) => [
  ...plainRules.map((rule) =>
    rule.id === 'governance' ? { ...rule, escalate: edition < 2 ? 'board' : `board-${edition}` } : rule,
  ),
  { id: `edition-${edition}`, effect: 'permit' as const, point: 'receive' as const },
  ...(edition === 3
    ? [{ id: 'no-events', effect: 'forbid' as const, point: 'send' as const, messageTypes: ['event'] }]
    : []),
]);

const hashOf = (edition: number): string => sha256(`edition ${edition}`);

const slowly = (edition: number, clock: ManualClock, pause: () => Promise<void>): Constitution => {
  const snapshot = ruleSnapshot(editions[edition] ?? []);
  return snapshotConstitution(
    { ...snapshot, evaluate: (request, signal) => pause().then(() => snapshot.evaluate(request, signal)) },
    { clock, timers: clock, hash: hashOf(edition) },
  );
};

const governanceDigest = (edition: number): string =>
  ruleSnapshot(editions[edition] ?? []).policies.find(({ id }) => id === 'governance')?.digest ?? '';

const editionOf = (hash: string): number => [0, 1, 2, 3].find((edition) => hashOf(edition) === hash) ?? -1;

const backendOn =
  (journal: SlowJournal): OpenBackend =>
  async (environment) => ({
    ...(await memoryBackend()(environment)),
    broker: new EmbeddedBroker({ ...environment, journal }),
    records: new MemoryRecords(journal),
  });

type Step =
  | { readonly kind: 'send'; readonly type: 'query' | 'event' | 'governance_request' }
  | { readonly kind: 'activate'; readonly edition: number }
  | { readonly kind: 'rollback' | 'claim' | 'release' | 'wait' };

const stepOf: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('send' as const),
      type: fc.constantFrom('query' as const, 'event' as const, 'governance_request' as const),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('activate' as const), edition: fc.nat(3) }) },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constantFrom('rollback' as const, 'claim' as const, 'release' as const, 'wait' as const),
    }),
  },
);

interface LeafText {
  readonly kind: string;
  readonly event?: string;
  readonly constitution: string;
}

/** Those whose verdict was reached for the commit that the leaf stands for. */
const freshVerdict = ({ kind, event }: LeafText): boolean =>
  kind === 'admission' || (kind === 'settlement' && ['judged-again', 'released'].includes(event ?? ''));

/** Every verdict that is committed binds what was in force at that place of the log. */
const superseded = async ({ operations }: Bus): Promise<readonly string[]> => {
  const wrong: string[] = [];
  let inForce = hashOf(0);
  for (let index = 0; index < (await operations.leafCount()); index++) {
    const leaf = JSON.parse((await operations.leaf(index))?.text ?? '') as LeafText;
    if (leaf.kind === 'activation') inForce = leaf.constitution;
    else if (freshVerdict(leaf) && leaf.constitution !== inForce) wrong.push(`${index}: ${leaf.kind} ${leaf.event}`);
  }
  return wrong;
};

/** What may fail in a run: denials, and what somebody else was faster at. */
const mayFail = new Set([
  'POLICY_DENIED',
  'MESSAGE_NOT_HELD',
  'CONSTITUTION_NO_PREVIOUS',
  'CONSTITUTION_IN_FORCE',
  'CONSTITUTION_NOT_STAGED',
  'CONSTITUTION_INVALID',
]);

class Run {
  readonly accepted = new Map<string, Receipt>();
  readonly given = new Set<string>();
  /** By message, the rules that a release may have approved. */
  readonly approved = new Map<string, Set<string>>();
  readonly faults: string[] = [];

  readonly fleet: Fleet;
  readonly pause: () => Promise<void>;

  constructor(fleet: Fleet, pause: () => Promise<void>) {
    this.fleet = fleet;
    this.pause = pause;
  }

  async do(step: Step): Promise<void> {
    try {
      await this.#do(step);
    } catch (error) {
      if (!CharterbusError.isInstance(error) || !mayFail.has(error.code))
        this.faults.push(`${step.kind}: ${String(error)}`);
    }
  }

  async claim(): Promise<number> {
    const { bus, worker } = this.fleet;
    const before = new Set([bus.constitution.hash]);
    const leases = await worker.claim({ max: 5, waitMs: 0, leaseMs: 30_000, signal: new AbortController().signal });
    before.add(bus.constitution.hash);
    for (const { id, fencingToken, message, verdict } of leases) {
      if (this.given.has(message.id)) this.faults.push('given twice');
      this.given.add(message.id);
      if (verdict.effect !== 'allow' || verdict.point !== 'receive') this.faults.push('given without an allow');
      if (message.type === 'governance_request') this.#checkApproval(message.id, verdict.binds.constitutionDigest);
      await worker.ack({ deliveryId: id, fencingToken });
    }
    return leases.length;
  }

  async #do(step: Step): Promise<void> {
    const { bus, clock, planner } = this.fleet;
    const { constitution } = bus.operations;
    switch (step.kind) {
      case 'send': {
        const receipt = await planner.send(toWorker({ type: step.type }));
        this.accepted.set(receipt.messageId, receipt);
        if (new Set(receipt.verdicts.map(({ binds }) => binds.constitutionDigest)).size !== 1)
          this.faults.push('a mix');
        return;
      }
      case 'activate': {
        const { hash } = constitution.stageLoaded(slowly(step.edition, clock, this.pause));
        await constitution.activate(hash, { why: 'test' });
        return;
      }
      case 'rollback':
        await constitution.rollback({ why: 'test' });
        return;
      case 'release':
        return this.#release();
      case 'claim':
        await this.claim();
        return;
      case 'wait':
        await turn();
    }
  }

  async #release(): Promise<void> {
    const { bus } = this.fleet;
    for (const { id } of (await bus.operations.messages({ status: 'pending_deliberation' })).items) {
      // What it waits for is what its verdict says when the release begins.
      const held = await bus.operations.trace(id);
      const escalations = [...held.verdicts, ...held.deliveries.map(({ verdict }) => verdict)].flatMap(
        (verdict) => verdict.escalations,
      );
      const digests = this.approved.get(id) ?? new Set();
      for (const { policyDigest } of escalations) digests.add(policyDigest);
      this.approved.set(id, digests);
      await bus.operations.release(id, 'ok');
    }
  }

  #checkApproval(message: string, hash: string): void {
    const rule = governanceDigest(editionOf(hash));
    if (this.approved.get(message)?.has(rule) !== true) this.faults.push('given without the approval of its rule');
  }
}

const runAll = async (steps: readonly Step[], seed: number): Promise<Run> => {
  const pause = seededPause(seed);
  const clock = new ManualClock();
  const fleet = await startFleet({ constitution: slowly(0, clock, pause), backend: backendOn(new SlowJournal(pause)) });
  const run = new Run(fleet, pause);
  await Promise.all(
    steps.map(async (step, at) => {
      for (let count = 0; count < at; count++) await pause();
      await run.do(step);
    }),
  );
  // In the end everything that may be given is given, and what is held stays so.
  while ((await run.claim()) > 0);
  return run;
};

test('whatever is sent, activated, rolled back, released and granted at once, verdicts bind what is in force', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(stepOf, { minLength: 5, maxLength: 30 }), fc.nat(100_000), async (steps, seed) => {
      const run = await runAll(steps, seed);
      const { bus, failures } = run.fleet;
      expect(await superseded(bus)).toEqual([]);
      expect(run.faults).toEqual([]);
      expect(failures).toEqual([]);
      const { operations } = bus;
      const ended = new Set([
        ...run.given,
        ...(await operations.messages({ status: 'pending_deliberation' })).items.map(({ id }) => id),
        ...(await operations.messages({ status: 'failed' })).items.map(({ id }) => id),
      ]);
      expect([...run.accepted.keys()].filter((id) => !ended.has(id))).toEqual([]);
      await bus.drain(0);
    }),
    { seed: 20_261_123, numRuns: 150 },
  );
});
