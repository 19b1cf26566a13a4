import type { Priority } from '@charterbus/core-models';
import { priorities } from '@charterbus/core-models';
import fc from 'fast-check';
import { expect } from 'vitest';
import type { Outcome } from '../../src/broker/broker.js';
import { idsOf, proofOf, refusalOf } from '../../src/testing/bench.js';
import { type BrokerModel, compare, type Expected, type Real, tryLostLeases } from './broker-model.js';

type Command = fc.AsyncCommand<BrokerModel, Real>;

/** A command is its name, what it does to both, and nothing else: conditions are part of what it does. */
const command = (name: string, run: (model: BrokerModel, real: Real) => Promise<void>): Command => ({
  check: () => true,
  run: async (model, real) => {
    await run(model, real);
    await compare(model, real);
  },
  toString: () => name,
});

const pick = (messages: readonly Expected[], at: number): Expected | undefined =>
  messages[at % Math.max(1, messages.length)];

interface Sent {
  readonly priority: Priority;
  /** Milliseconds from now; 0 for none. */
  readonly holdMs: number;
  readonly expiresMs: number;
  readonly delayMs: number;
  readonly key: string | undefined;
}

const send = (sent: Sent): Command =>
  command(`send(${JSON.stringify(sent)})`, async (model, { bench }) => {
    const { priority, key: orderingKey } = sent;
    const at = (milliseconds: number): number => (milliseconds === 0 ? 0 : model.now + milliseconds);
    const [holdUntil, expiresAt, deliverAt] = [at(sent.holdMs), at(sent.expiresMs), at(sent.delayMs)];
    const { envelope } = await bench.append({
      priority,
      ...(holdUntil === 0 ? {} : { holdUntil }),
      ...(expiresAt === 0 ? {} : { expiresAt }),
      ...(deliverAt === 0 ? {} : { deliverAt }),
      ...(orderingKey === undefined ? {} : { orderingKey }),
    });
    model.add(envelope.message.id, { priority, holdUntil, expiresAt, notBefore: deliverAt, key: orderingKey });
  });

const claim = (max: number, leaseMs: number): Command =>
  command(`claim(${max}, ${leaseMs} ms)`, async (model, { bench }) => {
    const expected = model.ready().slice(0, max);
    const leases = await bench.claim({ max, leaseMs });
    expect(idsOf(leases)).toEqual(expected.map(({ id }) => id));
    expected.forEach((message, at) => {
      message.state = 'leased';
      message.attempt += 1;
      message.leaseUntil = model.now + leaseMs;
      message.lease = leases[at];
    });
  });

const settle = (at: number, outcome: Outcome & { readonly kind: 'ack' | 'nack' | 'reject' | 'return' }): Command =>
  command(`${outcome.kind}(${at})`, async (model, { bench }) => {
    const message = pick(
      model.messages.filter(({ state }) => state === 'leased'),
      at,
    );
    if (message?.lease === undefined) return;
    await bench.broker.settle(proofOf(message.lease), outcome);
    if (outcome.kind === 'nack') model.retry(message, model.now + (outcome.delayMs ?? 0));
    else {
      message.lost.push(message.lease);
      message.lease = undefined;
      message.leaves += outcome.kind === 'return' ? 0 : 1;
      message.attempt -= outcome.kind === 'return' ? 1 : 0;
      message.state = outcome.kind === 'ack' ? 'delivered' : outcome.kind === 'reject' ? 'dead' : 'queued';
    }
    if (outcome.kind === 'return' && model.expired(message)) {
      message.state = 'dead';
      message.leaves += 1;
      await bench.advance(0);
    }
  });

const advance = (milliseconds: number): Command =>
  command(`advance(${milliseconds})`, async (model, { bench }) => {
    model.advance(milliseconds);
    // In small steps: what falls due is committed before the next thing falls due.
    for (let left = milliseconds; left > 0; left -= 100) await bench.advance(Math.min(left, 100));
    await tryLostLeases(model, { bench });
  });

const decide = (at: number, kind: 'release' | 'refuse'): Command =>
  command(`${kind}(${at})`, async (model, { bench }) => {
    const message = pick(
      model.messages.filter(({ state }) => state === 'held'),
      at,
    );
    if (message === undefined) return;
    const [entry] = await bench.broker.held(message.id);
    if (entry === undefined) throw new Error('The broker does not hold what the model holds.');
    const { verdict } = entry;
    const reason = 'decided';
    await bench.broker.decide(
      `${message.id}.0`,
      kind === 'refuse' ? { kind, reason } : { kind, reason, verdict, approvals: [] },
    );
    message.leaves += 1;
    message.state = kind === 'refuse' ? 'refused' : 'queued';
    message.position = model.nextPosition(message.notBefore);
  });

const redrive = (at: number): Command =>
  command(`redrive(${at})`, async (model, { bench }) => {
    const message = pick(
      model.messages.filter(({ state }) => state === 'dead'),
      at,
    );
    if (message === undefined) return;
    const outcome = await refusalOf(bench.broker.redrive(`${message.id}.0`, 'again'));
    if (model.expired(message)) {
      expect(outcome).toBe('MESSAGE_EXPIRED');
      return;
    }
    expect(outcome).toBe('done');
    const notBefore = message.attempt === 0 ? message.notBefore : 0;
    Object.assign(message, {
      state: 'queued',
      attempt: 0,
      notBefore,
      position: model.nextPosition(notBefore),
      leaves: message.leaves + 1,
    });
  });

const reopen = (): Command => command('reopen', async (_model, { bench }) => bench.reopen());

const index = fc.nat(20);
/** Multiples of a step, so that different things fall due at the same moment now and then. */
const milliseconds = (most: number) => fc.integer({ min: 1, max: most / 100 }).map((steps) => steps * 100);
const orNone = (most: number) =>
  fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: milliseconds(most) });

export const brokerCommands = (survivesReopening: boolean) =>
  fc.commands(
    [
      fc
        .record({
          priority: fc.constantFrom(...priorities),
          holdMs: orNone(2000),
          expiresMs: orNone(3000),
          delayMs: orNone(1000),
          key: fc.constantFrom(undefined, undefined, 'a', 'b'),
        })
        .map(send),
      fc.tuple(fc.integer({ min: 1, max: 4 }), milliseconds(2000)).map((args) => claim(...args)),
      index.map((at) => settle(at, { kind: 'ack' })),
      fc.tuple(index, orNone(1000)).map(([at, delayMs]) => settle(at, { kind: 'nack', reason: 'x', delayMs })),
      index.map((at) => settle(at, { kind: 'reject', reason: 'x' })),
      index.map((at) => settle(at, { kind: 'return' })),
      milliseconds(1500).map(advance),
      fc.tuple(index, fc.constantFrom('release', 'refuse')).map((args) => decide(...args)),
      index.map(redrive),
      ...(survivesReopening ? [fc.constant(reopen())] : []),
    ],
    { maxCommands: 40, size: 'max' },
  );
