import type { JsonValue } from '@charterbus/core-models';
import type { Rule } from '@charterbus/policy-client/testing';
import { rulesConstitution } from '@charterbus/policy-client/testing';
import { expect, test } from 'vitest';
import { claimAll, type Fleet, plainRules, refusal, sendHeld, startFleet, toWorker } from '../support/fleet.js';

const closed: readonly Rule[] = [...plainRules, { id: 'closed', effect: 'forbid', point: 'send' }];

type Manifest = NonNullable<Parameters<typeof rulesConstitution>[1]>['manifest'];

const activate = async ({ bus, clock }: Pick<Fleet, 'bus' | 'clock'>, rules: readonly Rule[], manifest?: Manifest) => {
  const options = { clock, timers: clock, ...(manifest === undefined ? {} : { manifest }) };
  const { hash } = bus.operations.constitution.stageLoaded(rulesConstitution(rules, options));
  return bus.operations.constitution.activate(hash, { why: 'as decided', by: 'ada' });
};

test('an activation is in force for what is sent after it, and handles state its hash', async () => {
  const fleet = await startFleet();
  const before = fleet.bus.constitution.shortHash;
  const activation = await activate(fleet, [...plainRules, { id: 'more', effect: 'permit' }]);
  const receipt = await fleet.planner.send(toWorker());
  expect(fleet.bus.constitution.shortHash).not.toBe(before);
  expect(receipt.constitutionalHash).toBe(activation.shortHash);
  expect(receipt.verdicts[0]?.policies).toContain('more');
  expect((await claimAll(fleet.worker))[0]?.message.constitutionalHash).toBe(activation.shortHash);
});

test('it is in the history and in the audit log, with who did it and why', async () => {
  const fleet = await startFleet();
  const { operations } = fleet.bus;
  const leaves = await operations.leafCount();
  const activation = await activate(fleet, closed);
  expect(activation).toMatchObject({ number: 2, kind: 'activate', by: 'ada', why: 'as decided' });
  expect(operations.constitution.history.map(({ kind }) => kind)).toEqual(['activate', 'start']);
  const leaf = JSON.parse((await operations.leaf(leaves))?.text ?? '') as Record<string, JsonValue>;
  expect(leaf).toMatchObject({ kind: 'activation', constitution: activation.hash, by: 'ada', why: 'as decided' });
});

test('what was queued before is judged again at both points: what may no longer be sent becomes a dead letter', async () => {
  const fleet = await startFleet();
  const { messageId } = await fleet.planner.send(toWorker());
  await activate(fleet, closed);
  expect(await claimAll(fleet.worker)).toEqual([]);
  expect((await fleet.bus.operations.deadLetters()).items).toMatchObject([{ messageId, reason: 'POLICY_DENIED' }]);
});

test('what was held before is judged again at its release', async () => {
  const fleet = await startFleet();
  const { messageId } = await sendHeld(fleet.planner);
  await activate(fleet, closed);
  const { deliveries } = await fleet.bus.operations.release(messageId, 'ok');
  expect(deliveries).toMatchObject([{ state: 'refused', reason: 'POLICY_DENIED' }]);
});

test('an approval stays good while its rule is byte-equal, whatever else has changed', async () => {
  const fleet = await startFleet();
  const { messageId } = await sendHeld(fleet.planner);
  await fleet.bus.operations.release(messageId, 'ok');
  const { hash } = await activate(fleet, [...plainRules, { id: 'more', effect: 'permit', point: 'receive' }]);
  const [delivery] = await claimAll(fleet.worker);
  expect(delivery?.message.id).toBe(messageId);
  expect(delivery?.verdict.binds.constitutionDigest).toBe(hash);
});

const renamed = (name: string): readonly Rule[] =>
  plainRules.map((rule) => (rule.id === 'governance' ? { ...rule, escalate: name } : rule));

test('an approval ends with its rule: under a changed one the message is held again, and can be released', async () => {
  const fleet = await startFleet();
  const { messageId } = await sendHeld(fleet.planner);
  await fleet.bus.operations.release(messageId, 'ok');
  await activate(fleet, renamed('two-approvals'));
  expect(await claimAll(fleet.worker)).toEqual([]);
  expect((await fleet.bus.operations.trace(messageId)).status).toBe('pending_deliberation');
  await fleet.bus.operations.release(messageId, 'again');
  expect(await claimAll(fleet.worker)).toHaveLength(1);
});

test('what waits under two changed rules, at send and at receive, is released at once', async () => {
  const both: readonly Rule[] = [
    { id: 'all', effect: 'permit' },
    { id: 'ask-at-send', effect: 'permit', point: 'send', escalate: 'one' },
    { id: 'ask-at-receive', effect: 'permit', point: 'receive', escalate: 'two' },
  ];
  const fleet = await startFleet();
  const { messageId } = await fleet.planner.send(toWorker());
  await activate(fleet, both);
  expect(await claimAll(fleet.worker)).toEqual([]);
  const { deliveries } = await fleet.bus.operations.release(messageId, 'ok');
  expect(deliveries).toMatchObject([{ state: 'queued' }]);
  expect(await claimAll(fleet.worker)).toHaveLength(1);
});

test('the hash of the one before is accepted for the grace, judged under the current one', async () => {
  const fleet = await startFleet();
  const { shortHash } = fleet.bus.constitution;
  await activate(fleet, closed, { activation: { graceSeconds: 60 } });
  const stated = toWorker({ constitutionalHash: shortHash });
  fleet.clock.advance(59_999);
  expect((await refusal(fleet.planner.send(stated))).details['reasons']).toEqual(['closed']);
  fleet.clock.advance(1);
  const late = await refusal(fleet.planner.send(stated));
  expect(late.code).toBe('CONSTITUTIONAL_HASH_MISMATCH');
  expect(late.details['constitutionalHash']).toBe(fleet.bus.constitution.shortHash);
});

test('a rollback puts in force what was before, and never what was rolled back', async () => {
  const fleet = await startFleet();
  const { operations, constitution } = fleet.bus;
  await activate(fleet, [...plainRules, { id: 'second', effect: 'permit' }]);
  const second = fleet.bus.constitution.hash;
  await activate(fleet, closed);
  await operations.constitution.rollback({ why: 'too strict' });
  expect(fleet.bus.constitution.hash).toBe(second);
  expect(await fleet.planner.send(toWorker())).toMatchObject({ status: 'accepted' });
  // The first one was given loaded, so that there is nothing to load it from again.
  expect((await refusal(operations.constitution.rollback({ why: 'further' }))).details['hash']).toBe(constitution.hash);
  expect(fleet.bus.constitution.hash).toBe(second);
});

test('there is nothing to roll back to at the beginning', async () => {
  const { bus } = await startFleet();
  expect((await refusal(bus.operations.constitution.rollback({ why: 'no' }))).code).toBe('CONSTITUTION_NO_PREVIOUS');
});

test('an older revision than was in force is refused, unless it is rolled back', async () => {
  const fleet = await startFleet();
  await activate(fleet, closed, { revision: 5 });
  const older = activate(fleet, [...plainRules, { id: 'other', effect: 'permit' }], { revision: 4 });
  expect((await refusal(older)).code).toBe('CONSTITUTION_OUTDATED');
  expect(await fleet.bus.operations.constitution.rollback({ why: 'worse' })).toMatchObject({ revision: 1 });
});

test('what is in force is not staged again, and at most eight are', async () => {
  const { bus, clock } = await startFleet();
  const { constitution } = bus.operations;
  const stage = (id: string) =>
    constitution.stageLoaded(rulesConstitution([{ id, effect: 'permit' }], { clock, timers: clock }));
  expect(() => constitution.stageLoaded(rulesConstitution(plainRules))).toThrow(
    expect.objectContaining({ code: 'CONSTITUTION_IN_FORCE' }) as Error,
  );
  for (let count = 0; count < 8; count++) stage(`rule-${count}`);
  stage('rule-0');
  expect(() => stage('rule-8')).toThrow(expect.objectContaining({ code: 'CONSTITUTION_LIMIT_REACHED' }) as Error);
  const [first] = constitution.staged;
  constitution.unstage(first?.hash ?? '');
  expect(constitution.staged).toHaveLength(7);
  expect((await refusal(constitution.activate('nothing', { why: 'no' }))).code).toBe('CONSTITUTION_NOT_STAGED');
});

test('what is staged to be kept is switched to and fro, closed only when it is taken away, and gone when it was revoked', async () => {
  const { bus, clock, planner } = await startFleet();
  const { constitution } = bus.operations;
  const ours = ['one', 'other'].map((id) =>
    rulesConstitution([...plainRules, { id, effect: 'permit' }], { clock, timers: clock }),
  );
  const hashes = ours.map((one) => constitution.stageLoaded(one, { keep: true }).hash);
  for (let swap = 0; swap < 6; swap++) {
    const hash = hashes[swap % 2] ?? '';
    await constitution.activate(hash, { why: `swap ${swap}` });
    expect(bus.constitution.hash).toBe(hash);
    expect(constitution.staged.map((staged) => staged.hash)).toEqual([hashes[(swap + 1) % 2]]);
    expect((await planner.send(toWorker())).verdicts[0]?.binds.constitutionDigest).toBe(hash);
  }
  await constitution.rollback({ why: 'once more' });
  expect(bus.constitution.hash).toBe(hashes[0]);
  expect((await planner.send(toWorker())).verdicts[0]?.effect).toBe('allow');
  await constitution.revoke(hashes[0] ?? '', { why: 'wrong' });
  expect((await refusal(planner.send(toWorker()))).code).toBe('CONSTITUTION_REVOKED');
  await expect(constitution.activate(hashes[0] ?? '', { why: 'again' })).rejects.toMatchObject({
    code: 'CONSTITUTION_NOT_STAGED',
  });
});
