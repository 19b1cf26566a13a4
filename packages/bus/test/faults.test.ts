import { readFile } from 'node:fs/promises';
import { snapshotConstitution } from '@charterbus/policy-client/testing';
import type { Validator } from '@charterbus/validators';
import { afterEach, describe, expect, test, vi } from 'vitest';
import {
  claimAll,
  plainRules,
  refusal,
  sendHeld,
  startBus,
  startFleet,
  toWorker,
  turn,
  untilTrace,
} from './support/fleet.js';

/** Ways in which governed buses have failed before. Each must stay impossible. */
describe('governance', () => {
  afterEach(() => vi.restoreAllMocks());

  test('policies are really asked: a static check does not stand in for them', async () => {
    const asked: string[] = [];
    const constitution = snapshotConstitution({
      policies: [],
      evaluate: ({ point }) => {
        asked.push(point);
        return { decision: 'deny', policies: [], errors: [] };
      },
      close: () => Promise.resolve(),
    });
    const { planner } = await startFleet({ constitution });
    expect((await refusal(planner.send(toWorker()))).code).toBe('POLICY_DEFAULT_DENY');
    expect(asked).toEqual(['send']);
  });

  test('a message that was stored and read back keeps the hash it was rejected for', async () => {
    const { bus, planner } = await startFleet();
    const error = await refusal(planner.send(toWorker({ constitutionalHash: 'f'.repeat(16) })));
    expect(error.code).toBe('CONSTITUTIONAL_HASH_MISMATCH');
    const { message } = await bus.operations.trace(String(error.details['messageId']));
    const again = { ...toWorker(), constitutionalHash: String(message.constitutionalHash) };
    expect((await refusal(planner.send(again))).code).toBe('CONSTITUTIONAL_HASH_MISMATCH');
  });

  test('the same content from another sender is judged for that sender, and handlers run', async () => {
    const { bus, planner, worker } = await startFleet();
    const { handle: third } = await bus.register({ tenant: 'acme', id: 'third' });
    const seen: string[] = [];
    third.handle((message) => void seen.push(message.from));
    const command = { to: { agent: 'third' }, type: 'command', content: 'same' } as const;
    const { messageId } = await planner.send(command);
    await untilTrace(bus, messageId, 'delivered');
    expect((await refusal(worker.send(command))).code).toBe('POLICY_DENIED');
    const { messageId: repeated } = await planner.send(command);
    await untilTrace(bus, repeated, 'delivered');
    expect(seen).toEqual(['planner', 'planner']);
  });

  test('no handler runs before a held message was released', async () => {
    const { bus, planner, worker } = await startFleet();
    const seen = vi.fn<() => undefined>();
    worker.handle(seen);
    const { messageId } = await sendHeld(planner);
    for (let count = 0; count < 20; count++) await turn();
    expect(seen).not.toHaveBeenCalled();
    await bus.operations.release(messageId, 'ok');
    await untilTrace(bus, messageId, 'delivered');
    expect(seen).toHaveBeenCalledTimes(1);
  });

  test('a handler’s error is not a delivery', async () => {
    const { bus, planner, worker } = await startFleet({ delivery: { maxAttempts: 1 } });
    worker.handle(() => {
      throw new Error('no');
    });
    const { messageId } = await planner.send(toWorker());
    await untilTrace(bus, messageId, 'failed');
    expect((await bus.operations.trace(messageId)).deliveries[0]?.state).toBe('dead');
  });

  test('an injected validator is asked, and its rejection without text is one', async () => {
    const validate = vi.fn<Validator['validate']>(() => [{ kind: 'rejection', code: 'SCREEN_REJECTED', text: '' }]);
    const { planner } = await startFleet({ validators: [{ name: 'mute', validate }] });
    expect((await refusal(planner.send(toWorker()))).code).toBe('SCREEN_REJECTED');
    expect(validate).toHaveBeenCalledTimes(1);
  });

  test('an engine that throws, rejects or never answers allows nothing', async () => {
    const answers = [
      () => {
        throw new Error('down');
      },
      () => Promise.reject(new Error('down')),
      () => undefined,
      () => ({ decision: 'allow', policies: [], errors: [] }),
      () => ({ decision: 'allow', policies: ['unknown'], errors: [] }),
    ];
    for (const evaluate of answers) {
      const constitution = snapshotConstitution({
        policies: [],
        evaluate: evaluate as never,
        close: () => Promise.resolve(),
      });
      const { planner, worker } = await startFleet({ constitution });
      expect((await refusal(planner.send(toWorker()))).code).toBe('POLICY_EVALUATION_FAILED');
      expect(await claimAll(worker)).toEqual([]);
    }
  });
});

describe('identity', () => {
  test('nobody speaks who is not registered, and a handle cannot be made by hand', async () => {
    const { bus } = await startBus();
    for (const token of ['', 'cba_', 'cba_'.padEnd(47, 'A'), 'null']) {
      expect(() => bus.connect(token)).toThrow(expect.objectContaining({ code: 'CREDENTIAL_REFUSED' }) as Error);
    }
  });

  test('a registration does not overwrite an agent', async () => {
    const { bus, planner, worker } = await startFleet();
    expect((await refusal(bus.register({ tenant: 'acme', id: 'worker', role: 'executive' }))).code).toBe(
      'AGENT_ALREADY_REGISTERED',
    );
    await planner.send(toWorker());
    expect(await claimAll(worker)).toHaveLength(1);
  });

  test('no agent receives, settles or reads another’s messages, also not one of the same id elsewhere', async () => {
    const { bus, planner, worker, stranger } = await startFleet();
    const { handle: thief } = await bus.register({ tenant: 'acme', id: 'thief' });
    const { messageId } = await planner.send(toWorker());
    for (const other of [thief, stranger, planner]) expect(await claimAll(other)).toEqual([]);
    const [delivery] = await claimAll(worker);
    const proof = { deliveryId: delivery?.id ?? '', fencingToken: delivery?.fencingToken ?? 0 };
    for (const other of [thief, stranger, planner]) {
      for (const call of [
        other.ack(proof),
        other.nack(proof),
        other.reject(proof),
        other.giveBack(proof),
        other.extend(proof, 1000),
      ]) {
        expect((await refusal(call)).code).toBe('DELIVERY_NOT_FOUND');
      }
    }
    for (const other of [thief, stranger]) {
      await expect(other.trace(messageId)).rejects.toThrow(
        expect.objectContaining({ code: 'MESSAGE_NOT_FOUND' }) as Error,
      );
    }
    await worker.ack(proof);
  });

  test('a message to nobody does not count as delivered', async () => {
    const { bus, planner } = await startFleet();
    const error = await refusal(planner.send(toWorker({ to: { agent: 'nobody' } })));
    expect((await bus.operations.trace(String(error.details['messageId']))).status).toBe('failed');
  });

  test('only who operates the bus decides about holds: a handle has no such verb', async () => {
    const { planner } = await startFleet();
    const verbs = Object.getOwnPropertyNames(Object.getPrototypeOf(planner) as object);
    expect(verbs.filter((verb) => /release|refuse|approve|vote|redrive/.test(verb))).toEqual([]);
  });
});

test('the constitution that ships is what a bus without one runs under', async () => {
  const { defaultConstitutionDirectory } = await import('@charterbus/policy-client');
  expect(await readFile(`${defaultConstitutionDirectory}/manifest.yaml`, 'utf8')).toContain('name: default');
  expect(plainRules.length).toBeGreaterThan(0);
});
