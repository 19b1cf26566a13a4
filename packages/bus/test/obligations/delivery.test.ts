import { canonicalJson, type Delivery, type DeliveryObligation, encodeEnvelope, sha256 } from '@charterbus/core-models';
import type { Rule } from '@charterbus/policy-client/testing';
import { describe, expect, test } from 'vitest';
import type { ActiveDelivery } from '../../src/index.js';
import { claimAll, firstCall, refusal, startBus, startFleet, toWorker } from '../support/fleet.js';

const removeCard: DeliveryObligation = { kind: 'remove', path: '/card' };
const maskIban: DeliveryObligation = { kind: 'mask', path: '/iban', keep: 4 };
const classified: DeliveryObligation = { kind: 'annotate', header: 'class', value: 'internal' };

const rules: readonly Rule[] = [
  { id: 'send', effect: 'permit', point: 'send', obligations: [removeCard] },
  { id: 'receive', effect: 'permit', point: 'receive', obligations: [maskIban, classified] },
];
const order = { card: '4111-1111', iban: 'DE02120300', total: 7 };
const delivered = { iban: '******0300', total: 7 };
const all = [removeCard, maskIban, classified];

/** What settles a delivery that is there. */
const proofOf = (delivery: Delivery | undefined) => {
  if (delivery === undefined) throw new Error('Nothing was delivered.');
  return { deliveryId: delivery.id, fencingToken: delivery.fencingToken };
};

const sendOrder = async (options: Parameters<typeof startFleet>[0] = {}) => {
  const fleet = await startFleet({ rules, ...options });
  const receipt = await fleet.planner.send(toWorker({ content: order }));
  return { ...fleet, receipt };
};

describe('what both points ask for', () => {
  test('a claim gives exactly the bytes whose digest is bound', async () => {
    const { worker, bus, receipt } = await sendOrder();
    const [delivery] = await claimAll(worker);
    expect(delivery?.message).toMatchObject({ content: delivered, headers: { class: 'internal' } });
    const { verdict } = (await bus.operations.trace(receipt.messageId)).deliveries[0] ?? {};
    expect(delivery && encodeEnvelope(delivery.message).digest).toBe(verdict?.binds.deliveredDigest);
  });

  test('a handler gets them too, and its answer finds its way back', async () => {
    const { worker, planner } = await startFleet({ rules });
    const { called, call } = firstCall<ActiveDelivery>();
    worker.handle((message, delivery) => {
      call(delivery);
      return { card: 'of the answer', got: message.content };
    });
    const reply = await planner.request(toWorker({ content: order }));
    expect((await called).message.content).toEqual(delivered);
    // The reply is under the same policies.
    expect(reply.content).toEqual({ got: delivered });
  });

  test('both digests are bound, and the sender is told', async () => {
    const { bus, receipt } = await sendOrder();
    const trace = await bus.operations.trace(receipt.messageId);
    const [send, receive] = receipt.verdicts;
    expect(send?.obligations).toEqual([removeCard]);
    expect(send?.binds.deliveredDigest).toBeUndefined();
    expect(receive).toMatchObject({ obligations: all, obligationsAtSend: [removeCard] });
    expect(receive?.binds.messageDigest).toBe(trace.digest);
    expect(receive?.binds.deliveredDigest).toMatch(/^[0-9a-f]{64}$/);
    expect(receive?.binds.deliveredDigest).not.toBe(trace.digest);
  });

  test('the leaves say what was changed, by kind and path, with both digests and no value', async () => {
    const { worker, bus, receipt } = await sendOrder();
    const [delivery] = await claimAll(worker);
    await worker.ack(proofOf(delivery));
    const { leaves, digest, deliveries } = await bus.operations.trace(receipt.messageId);
    const changes = [
      { kind: 'remove', path: '/card' },
      { kind: 'mask', path: '/iban' },
      { header: 'class', kind: 'annotate' },
    ];
    const receive = { delivered: deliveries[0]?.verdict.binds.deliveredDigest, obligations: changes };
    expect(leaves.map(({ leaf }) => leaf)).toMatchObject([
      { digest, verdicts: [{ obligations: changes.slice(0, 1) }, receive] },
      { digest, event: 'delivered', verdict: receive },
    ]);
    for (const { leaf } of leaves) expect(JSON.stringify(leaf)).not.toMatch(/4111|DE02|internal/);
  });

  test('facts and observers aside, the stored message is what was sent', async () => {
    const { bus, receipt } = await sendOrder();
    const trace = await bus.operations.trace(receipt.messageId);
    expect(trace.message.content).toEqual(order);
    expect(sha256(encodeEnvelope(trace.message).text)).toBe(trace.digest);
  });
});

describe('a recipient', () => {
  test('is shown neither what was removed nor a digest by which guesses could be tried', async () => {
    const { worker, bus, receipt } = await sendOrder();
    const [delivery] = await claimAll(worker);
    await worker.ack(proofOf(delivery));
    const { digest } = await bus.operations.trace(receipt.messageId);
    const own = await worker.trace(receipt.messageId);
    expect(own.message).toEqual(delivery?.message);
    expect(own.digest).toBe(delivery?.verdict.binds.deliveredDigest);
    for (const seen of [delivery, own]) {
      expect(JSON.stringify(seen)).not.toMatch(/4111|DE0212/);
      expect(JSON.stringify(seen)).not.toContain(digest);
    }
    expect(delivery?.verdict.binds.messageDigest).toBe(own.digest);
  });

  test('cannot write to what it got', async () => {
    const { worker } = await sendOrder();
    const [delivery] = await claimAll(worker);
    const content = delivery?.message.content as Record<string, unknown>;
    expect(() => Object.assign(content, { card: 1 })).toThrow(TypeError);
  });
});

describe('several recipients', () => {
  const byRole: readonly Rule[] = [
    { id: 'send', effect: 'permit', point: 'send' },
    { id: 'auditors', effect: 'permit', point: 'receive', recipientRole: 'auditor' },
    {
      id: 'clerks',
      effect: 'permit',
      point: 'receive',
      recipientRole: 'clerk',
      obligations: [{ kind: 'replace', path: '/iban', value: { withheld: true } }],
    },
    { id: 'guests', effect: 'permit', point: 'receive', recipientRole: 'guest', obligations: [removeCard, maskIban] },
  ];

  test('get each their own version, bound apart, and none of another', async () => {
    const { bus } = await startBus({ rules: byRole });
    const { handle: planner } = await bus.register({ tenant: 'acme', id: 'planner' });
    const roles = ['auditor', 'clerk', 'guest', 'guest'];
    const handles = await Promise.all(
      roles.map(async (role, index) => (await bus.register({ tenant: 'acme', id: `r${index}`, role })).handle),
    );
    const { messageId } = await planner.broadcast({ type: 'event', content: order });
    const contents = [];
    const digests = [];
    for (const handle of handles) {
      const [delivery] = await claimAll(handle);
      contents.push(delivery?.message.content);
      digests.push(delivery?.verdict.binds.messageDigest);
      expect(delivery && encodeEnvelope(delivery.message).digest).toBe(delivery?.verdict.binds.messageDigest);
    }
    const forGuests = { iban: '******0300', total: 7 };
    expect(contents).toEqual([order, { ...order, iban: { withheld: true } }, forGuests, forGuests]);
    expect(new Set(digests).size).toBe(3);
    const { digest, deliveries, leaves } = await bus.operations.trace(messageId);
    const versions = deliveries.map(({ verdict }) => verdict.binds.deliveredDigest ?? digest);
    const [{ leaf } = {}] = leaves;
    expect(leaf).toMatchObject({ recipients: { delivered: sha256(JSON.stringify(versions)) } });
    expect(canonicalJson(leaf ?? null)).toBe(JSON.stringify(leaf));
    expect(digests[0]).toBe(digest);
  });
});

describe('whatever becomes of a message', () => {
  test('an approval gives it as the policies at that moment want it', async () => {
    const held: readonly Rule[] = [
      { id: 'ask', effect: 'permit', point: 'send', escalate: 'look', obligations: [removeCard] },
      { id: 'receive', effect: 'permit', point: 'receive', obligations: [maskIban] },
    ];
    const { bus, worker, receipt } = await sendOrder({ rules: held });
    expect(receipt.status).toBe('held');
    expect(await claimAll(worker)).toEqual([]);
    await bus.operations.release(receipt.messageId, 'looked');
    const [delivery] = await claimAll(worker);
    expect(delivery?.message.content).toEqual(delivered);
    expect(delivery?.verdict.approved).toEqual([]);
  });

  test('a retry and a redrive give the same bytes', async () => {
    const { bus, worker, clock } = await sendOrder();
    const [first] = await claimAll(worker);
    await worker.nack(proofOf(first), { delayMs: 10 });
    clock.advance(10);
    const [second] = await claimAll(worker);
    await worker.reject(proofOf(second), 'broken');
    await bus.operations.redrive(proofOf(second).deliveryId);
    const [third] = await claimAll(worker);
    expect([second?.message, third?.message]).toEqual([first?.message, first?.message]);
    expect(third?.verdict.obligations).toEqual(all);
  });

  test('a denial asks for nothing', async () => {
    const { planner } = await startFleet({
      rules: [{ id: 'send', effect: 'permit', point: 'send', obligations: [removeCard] }],
    });
    expect((await refusal(planner.send(toWorker({ content: order })))).code).toBe('POLICY_DEFAULT_DENY');
  });
});
