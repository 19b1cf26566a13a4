import assert from 'node:assert/strict';
import { type BrokerBench, idsOf, refusalOf } from '../bench.js';
import type { Suite } from './suite.js';

const hold = async (bench: BrokerBench, forMs = 10_000) => {
  const { envelope } = await bench.append({ holdUntil: bench.clock.now() + forMs });
  const [entry] = await bench.broker.held(envelope.message.id);
  assert.ok(entry);
  return { id: `${entry.message}.${entry.ordinal}`, message: entry.message, verdict: entry.verdict };
};

const release = (bench: BrokerBench, { id, verdict }: Awaited<ReturnType<typeof hold>>) =>
  bench.broker.decide(id, { kind: 'release', reason: 'good', verdict, approvals: [] });

export const holding = ({ it }: Suite): void => {
  it('gives nothing that is held', async (bench) => {
    const held = await hold(bench);
    assert.deepEqual(await bench.claim(), []);
    assert.equal((await bench.broker.reader.message(held.message))?.status, 'pending_deliberation');
    assert.equal(bench.broker.counts.held, 1);
  });
  it('makes a released message deliverable once, in the place of its release', async (bench) => {
    const held = await hold(bench);
    const later = await bench.append();
    const outcomes = await Promise.all([refusalOf(release(bench, held)), refusalOf(release(bench, held))]);
    assert.deepEqual(outcomes, ['done', 'MESSAGE_NOT_HELD']);
    assert.deepEqual(idsOf(await bench.claim()), [later.envelope.message.id, held.message]);
  });
  it('lets one of a release and a refusal at once win', async (bench) => {
    const held = await hold(bench);
    const refuse = bench.broker.decide(held.id, { kind: 'refuse', reason: 'bad' });
    assert.deepEqual(await Promise.all([refusalOf(refuse), refusalOf(release(bench, held))]), [
      'done',
      'MESSAGE_NOT_HELD',
    ]);
    assert.deepEqual(await bench.claim(), []);
    assert.equal((await bench.broker.reader.message(held.message))?.status, 'failed');
  });
  it('denies what nobody decides in time', async (bench) => {
    const held = await hold(bench, 5000);
    await bench.advance(5000);
    assert.equal((await bench.broker.reader.entries(held.message))[0]?.reason, 'HOLD_TIMED_OUT');
    assert.equal(await refusalOf(release(bench, held)), 'MESSAGE_NOT_HELD');
  });
  it("lets the message's own expiry end a hold", async (bench) => {
    const now = bench.clock.now();
    const { envelope } = await bench.append({ holdUntil: now + 3000, expiresAt: now + 3000 });
    await bench.advance(3000);
    assert.equal((await bench.broker.reader.message(envelope.message.id))?.status, 'expired');
  });
  it('writes each decision into the audit log', async (bench) => {
    const held = await hold(bench);
    await release(bench, held);
    const kinds = (await bench.broker.reader.leaves(held.message)).map(
      ({ text }) => (JSON.parse(text) as { kind: string }).kind,
    );
    assert.deepEqual(kinds, ['admission', 'settlement']);
  });
};
