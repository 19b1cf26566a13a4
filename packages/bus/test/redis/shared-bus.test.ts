import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Message, systemClock } from '@charterbus/core-models';
import { defaultConstitutionDirectory, readConstitutionDirectory } from '@charterbus/policy-client';
import { expect, onTestFinished, test, vi } from 'vitest';
import type { Bus } from '../../src/index.js';
import { claimAll, firstCall, refusal, sendHeld, toWorker } from '../support/fleet.js';
import { everywhere, fleetOn, sharedRedis } from '../support/redis.js';
import { deskConstitution, doOnce } from '../support/refund-desk.js';

const redis = sharedRedis();

const patience = { timeout: 10_000, interval: 5 };

const twoBuses = async () => {
  const { buses, failures, open } = await fleetOn(redis.url(), 2);
  const [here, there] = buses as [Bus, Bus];
  const [plannerHere, plannerThere] = await everywhere(buses, 'planner');
  const [workerHere, workerThere] = await everywhere(buses, 'worker');
  if (!plannerHere || !plannerThere || !workerHere || !workerThere) throw new Error('Somebody is missing.');
  return { here, there, open, failures, plannerHere, plannerThere, workerHere, workerThere };
};

test('what one bus accepts the handler of another is given, and both know what came of it', async () => {
  const { here, there, plannerHere, workerThere } = await twoBuses();
  const { called, call } = firstCall<Message>();
  workerThere.handle((message) => call(message));
  const { messageId, durability } = await plannerHere.send(toWorker());
  expect((await called).id).toBe(messageId);
  expect(durability).toBe('process');
  for (const bus of [here, there]) {
    await vi.waitFor(async () => expect((await bus.operations.trace(messageId)).status).toBe('delivered'), patience);
  }
});

test('two buses share the work of one agent: each message is given once', async () => {
  const { plannerHere, workerHere, workerThere } = await twoBuses();
  const given = { here: [] as string[], there: [] as string[] };
  workerHere.handle(({ id }) => void given.here.push(id), { credit: 4 });
  workerThere.handle(({ id }) => void given.there.push(id), { credit: 4 });
  const sent = await Promise.all(Array.from({ length: 500 }, () => plannerHere.send(toWorker())));
  await vi.waitFor(() => expect(given.here.length + given.there.length).toBe(500), patience);
  expect([...given.here, ...given.there].toSorted()).toEqual(sent.map(({ messageId }) => messageId).toSorted());
  expect(Math.min(given.here.length, given.there.length)).toBeGreaterThan(0);
});

test('a request is answered by a handler elsewhere, and fails at once where that rejects it', async () => {
  const { plannerHere, workerThere } = await twoBuses();
  workerThere.handle((message, delivery) => (message.content === 'no' ? delivery.reject('NO') : { yes: true }));
  const reply = await plannerHere.request(toWorker({ content: 'yes?' }));
  expect(reply.content).toEqual({ yes: true });
  const startedAt = systemClock.monotonic();
  const refused = await refusal(plannerHere.request(toWorker({ content: 'no' })));
  expect(refused.code).toBe('DELIVERY_FAILED');
  expect(systemClock.monotonic() - startedAt).toBeLessThan(5000);
});

test('a reply that nobody waits for goes the way of all', async () => {
  const { plannerHere, plannerThere, workerThere } = await twoBuses();
  const { messageId } = await plannerHere.send(toWorker());
  const reply = { to: { agent: 'planner' }, type: 'response', content: 1, inReplyTo: messageId } as const;
  await workerThere.send(reply);
  const [delivery] = await plannerThere.claim({
    max: 1,
    waitMs: 5000,
    leaseMs: 30_000,
    signal: new AbortController().signal,
  });
  expect(delivery?.message.inReplyTo).toBe(messageId);
});

test('one of two buses that send the same dedupe key at once wins, and both senders have its receipt', async () => {
  const { plannerHere, plannerThere, workerHere } = await twoBuses();
  for (let round = 0; round < 20; round++) {
    const draft = toWorker({ dedupeKey: `key-${round}` });
    const receipts = await Promise.all([plannerHere.send(draft), plannerThere.send(draft)]);
    expect(new Set(receipts.map(({ messageId, leafIndex }) => `${messageId} ${leafIndex}`)).size).toBe(1);
    expect(receipts.filter(({ duplicate }) => duplicate === true)).toHaveLength(1);
    const conflict = await refusal(plannerThere.send({ ...draft, content: 'other' }));
    expect(conflict.code).toBe('DEDUPE_CONFLICT');
  }
  expect(await claimAll(workerHere)).toHaveLength(20);
});

test('what one bus holds another decides, once', async () => {
  const { here, there, plannerHere, workerHere } = await twoBuses();
  const { messageId } = await sendHeld(plannerHere);
  const outcomes = await Promise.allSettled([
    there.operations.release(messageId, 'ok'),
    here.operations.release(messageId, 'ok'),
  ]);
  expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  expect(await claimAll(workerHere)).toHaveLength(1);
});

test('of things that may be done once, one is allowed whatever bus they come by', async () => {
  const constitution = deskConstitution({ clock: systemClock });
  const { buses, failures } = await fleetOn(redis.url(), 2, { constitution });
  const planners = await everywhere(buses, 'planner');
  await everywhere(buses, 'worker');
  for (let round = 0; round < 40; round++) {
    const race = planners.flatMap((planner) =>
      ['cancel', 'refund'].map(async (tool) => {
        const [outcome] = await Promise.allSettled([doOnce(planner, tool, `order-${round}`)]);
        return outcome.status === 'fulfilled' ? 'allowed' : (outcome.reason as { readonly code: string }).code;
      }),
    );
    expect((await Promise.all(race)).toSorted()).toEqual([
      'POLICY_DENIED',
      'POLICY_DENIED',
      'POLICY_DENIED',
      'allowed',
    ]);
  }
  expect(failures).toEqual([]);
});

/** The constitution that ships, at another revision. */
const revised = async (revision: number): Promise<string> => {
  const directory = await mkdtemp(join(tmpdir(), 'charterbus-redis-life-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  await cp(defaultConstitutionDirectory, directory, { recursive: true });
  const manifest = join(directory, 'manifest.yaml');
  await writeFile(manifest, (await readFile(manifest, 'utf8')).replace(/^revision: .*$/m, `revision: ${revision}`));
  return directory;
};

test('an activation is followed by the other buses within a second, and taken over by those that start', async () => {
  const [first, second] = [await revised(10), await revised(11)];
  const { buses, open, failures } = await fleetOn(redis.url(), 2, { constitution: first });
  const [here, there] = buses as [Bus, Bus];
  const { hash } = await here.operations.constitution.stage(await readConstitutionDirectory(second));
  await here.operations.constitution.activate(hash, { why: 'better' });
  await vi.waitFor(() => expect(there.constitution.hash).toBe(hash), { timeout: 1000, interval: 5 });
  expect(there.operations.constitution.history).toEqual(here.operations.constitution.history);
  expect((await open()).constitution.hash).toBe(hash);
  await there.operations.constitution.rollback({ why: 'worse' });
  await vi.waitFor(() => expect(here.constitution.revision).toBe(10), { timeout: 1000, interval: 5 });
  await here.operations.constitution.revoke(here.constitution.hash, { why: 'bad' });
  await vi.waitFor(() => expect(there.operations.constitution.activation.kind).toBe('revoke'), {
    timeout: 1000,
    interval: 5,
  });
  expect(failures).toEqual([]);
});

interface LeafText {
  readonly kind: string;
  readonly constitution: string;
  readonly effect?: string;
}

test('nothing is committed under a constitution that another bus has taken out of force: it is judged again', async () => {
  const [first, second] = [await revised(10), await revised(11)];
  const { buses, failures } = await fleetOn(redis.url(), 2, { constitution: first });
  const [here, there] = buses as [Bus, Bus];
  const planners = await everywhere(buses, 'planner');
  await everywhere(buses, 'worker');
  const { hash } = await here.operations.constitution.stage(await readConstitutionDirectory(second));
  const sent: Promise<unknown>[] = [];
  const send = (): void => void sent.push(...planners.map((planner) => planner.send(toWorker({ type: 'event' }))));
  send();
  const activated = here.operations.constitution.activate(hash, { why: 'better' });
  while (there.constitution.hash !== hash) {
    send();
    await sent.at(-1);
  }
  await Promise.all([activated, ...sent]);
  const leaves: LeafText[] = [];
  const count = await here.operations.leafCount();
  for (let index = 0; index < count; index++) {
    leaves.push(JSON.parse((await here.operations.leaf(index))?.text ?? '') as LeafText);
  }
  const activation = leaves.findLastIndex(({ kind }) => kind === 'activation');
  expect(leaves[activation]?.constitution).toBe(hash);
  const [before, after] = [leaves.slice(1, activation), leaves.slice(activation + 1)];
  expect(before.every(({ constitution }) => constitution !== hash)).toBe(true);
  expect(after.every(({ constitution }) => constitution === hash)).toBe(true);
  expect([before.length > 0, after.length > 0]).toEqual([true, true]);
  expect(failures).toEqual([]);
});
