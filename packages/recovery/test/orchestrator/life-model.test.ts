import { deepStrictEqual, strictEqual } from 'node:assert/strict';
import { CharterbusError, ManualClock } from '@charterbus/core-models';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  createMemoryRecoveryStore,
  openRecoveryOrchestrator,
  type RecoveryEvent,
  type RecoveryOrchestrator,
  type RecoveryState,
  type RecoveryStore,
  type RecoveryStrategy,
} from '../../src/index.js';
import { flush } from '../support/flush.js';

const strategies: Readonly<Record<string, RecoveryStrategy>> = {
  a: 'exponential_backoff',
  b: 'immediate',
  c: 'manual',
  d: 'linear_backoff',
};
const names = Object.keys(strategies);
const dependencies: Readonly<Record<string, readonly string[]>> = { a: ['b'], d: ['a', 'c'] };
const mostAttempts = 3;
const concurrency = 2;

/** What may follow what, whoever decides it. */
const ways: Readonly<Record<RecoveryState, readonly RecoveryState[]>> = {
  idle: ['scheduled', 'awaiting_manual'],
  scheduled: ['in_progress', 'cancelled'],
  in_progress: ['succeeded', 'failed', 'scheduled', 'awaiting_manual', 'cancelled'],
  awaiting_manual: ['scheduled', 'cancelled'],
  succeeded: [],
  failed: [],
  cancelled: [],
};

/** What is known from outside: the calls, and what each was answered. */
interface Model {
  readonly well: Map<string, boolean>;
  /** Confirmations that no attempt of a manual recovery has used. */
  readonly confirmations: Map<string, number>;
}

class World {
  readonly clock = new ManualClock();
  readonly store: RecoveryStore = createMemoryRecoveryStore();
  readonly model: Model;
  readonly events: RecoveryEvent[] = [];
  readonly broken: string[] = [];
  /** Of this process: what an earlier one called is gone with it. */
  #running = new Set<string>();
  readonly #slow = new Map<string, PromiseWithResolvers<void>>();
  #orchestrator: RecoveryOrchestrator | undefined;

  constructor(model: Model) {
    this.model = model;
  }

  get orchestrator(): RecoveryOrchestrator {
    if (this.#orchestrator === undefined) throw new Error('It is not open.');
    return this.#orchestrator;
  }

  async start(): Promise<void> {
    await this.#orchestrator?.close();
    this.#running = new Set();
    const { clock, store } = this;
    const orchestrator = await openRecoveryOrchestrator({ clock, timers: clock, store, concurrency });
    this.#orchestrator = orchestrator;
    orchestrator.watch((event) => this.#see(event));
    for (const name of names) {
      orchestrator.register({
        name,
        strategy: strategies[name] ?? 'manual',
        attempts: mostAttempts,
        jitter: 'none',
        deadlineMs: 5_000,
        dependsOn: dependencies[name] ?? [],
        recover: (signal) => this.#recover(name, signal),
        check: () => this.model.well.get(name) === true,
      });
    }
    await flush();
  }

  async pass(milliseconds: number): Promise<void> {
    // In steps below the deadline of checks, so that what is begun on the way may also end.
    for (let left = milliseconds; left >= 0; left -= 2_500) {
      this.clock.advance(Math.min(left, 2_500));
      for (let turn = 0; turn < 3; turn += 1) await flush();
    }
  }

  /** Whether the next calls take as long as they may. */
  slow(name: string, isSlow: boolean): void {
    if (isSlow) this.#slow.set(name, Promise.withResolvers<void>());
    else {
      this.#slow.get(name)?.resolve();
      this.#slow.delete(name);
    }
  }

  async end(): Promise<void> {
    for (const name of names) this.slow(name, false);
    await this.orchestrator.close();
  }

  async #recover(name: string, signal: AbortSignal): Promise<void> {
    const running = this.#running;
    if (running.has(name)) this.broken.push(`${name} overlaps itself`);
    if (signal.aborted) this.broken.push(`${name} is called too late`);
    running.add(name);
    if (running.size > concurrency + this.#slow.size) this.broken.push('too many at a time');
    if (strategies[name] === 'manual') {
      const left = this.model.confirmations.get(name) ?? 0;
      if (left === 0) this.broken.push(`${name} ran by itself`);
      this.model.confirmations.set(name, 0);
    }
    for (const other of dependencies[name] ?? []) {
      if (this.orchestrator.active.some(({ component }) => component === other)) {
        this.broken.push(`${name} did not wait for ${other}`);
      }
      if (this.model.well.get(other) !== true) this.broken.push(`${name} began although ${other} is not well`);
    }
    await this.#slow.get(name)?.promise;
    running.delete(name);
  }

  #see(event: RecoveryEvent): void {
    this.events.push(event);
    const { component, from, to, record } = event;
    if (!ways[from].includes(to)) this.broken.push(`${component}: ${from} → ${to}`);
    if (record.attempts > mostAttempts) this.broken.push(`${component}: too many attempts`);
    if (to === 'failed' && record.attempts !== mostAttempts) this.broken.push(`${component}: given up early`);
    if (to === 'succeeded' && this.model.well.get(component) !== true) this.broken.push(`${component}: not well`);
  }
}

type Step = fc.AsyncCommand<Model, World>;

const codeOf = async (work: Promise<unknown>): Promise<string> => {
  const [settled] = await Promise.allSettled([work]);
  if (settled.status === 'fulfilled') return 'done';
  return CharterbusError.isInstance(settled.reason) ? settled.reason.code : String(settled.reason);
};

const step = (text: string, run: (world: World) => Promise<void> | void): Step => ({
  check: () => true,
  run: async (_model, world) => {
    await run(world);
    await world.pass(0);
    deepStrictEqual(world.broken, []);
  },
  toString: () => text,
});

const reason = { reason: 'test' };
const decision = { by: 'ada', why: 'test' };
const nameOf = fc.constantFrom(...names);

const requesting = nameOf.map((name) =>
  step(`request ${name}`, async ({ orchestrator }) => {
    const before = orchestrator.active.find(({ component }) => component === name);
    const record = await orchestrator.request(name, reason);
    if (before !== undefined) strictEqual(record.number, before.number);
    else strictEqual(record.state, strategies[name] === 'manual' ? 'awaiting_manual' : 'scheduled');
  }),
);

const deciding = fc
  .record({ name: nameOf, verb: fc.constantFrom('confirm', 'refuse', 'cancel') })
  .map(({ name, verb }) =>
    step(`${verb} ${name}`, async ({ orchestrator, model }) => {
      const before = orchestrator.active.find(({ component }) => component === name)?.state;
      const mayBe =
        before === undefined
          ? 'RECOVERY_NOT_FOUND'
          : verb === 'cancel' || before === 'awaiting_manual'
            ? 'done'
            : 'RECOVERY_NOT_WAITING';
      if (mayBe === 'done') model.confirmations.set(name, verb === 'confirm' ? 1 : 0);
      strictEqual(await codeOf(orchestrator[verb](name, decision)), mayBe);
    }),
  );

const ailing = fc
  .record({ name: nameOf, well: fc.boolean() })
  .map(({ name, well }) => step(`${name} is ${well ? 'well' : 'ill'}`, ({ model }) => void model.well.set(name, well)));
const slowing = fc
  .record({ name: nameOf, slow: fc.boolean() })
  .map(({ name, slow }) => step(`${name} is ${slow ? 'slow' : 'quick'}`, (world) => world.slow(name, slow)));
const passing = fc.nat(20_000).map((milliseconds) => step(`+${milliseconds} ms`, (world) => world.pass(milliseconds)));
const restarting = fc.constant(step('restart', (world) => world.start()));

test('whatever is asked, decided, ill, slow or restarted, recoveries keep to their ways', {
  timeout: 60_000,
}, async () => {
  const commands = fc.commands([requesting, deciding, ailing, slowing, passing, passing, restarting], {
    maxCommands: 60,
    size: 'max',
  });
  await fc.assert(
    fc.asyncProperty(commands, async (steps) => {
      const model: Model = { well: new Map(), confirmations: new Map() };
      const world = new World(model);
      await world.start();
      try {
        await fc.asyncModelRun(() => ({ model, real: world }), steps);
        // In the end all are well and quick, and everything that nobody has to confirm ends.
        for (const name of names) {
          model.well.set(name, true);
          world.slow(name, false);
        }
        await world.pass(120_000);
        const left = world.orchestrator.active.filter(({ state }) => state !== 'awaiting_manual');
        const waits = world.orchestrator.active.some(({ component }) => component === 'c');
        expect(left.filter(({ component }) => !(waits && component === 'd'))).toEqual([]);
        deepStrictEqual(world.broken, []);
      } finally {
        await world.end();
      }
    }),
    { numRuns: 100, seed: 11 },
  );
});
