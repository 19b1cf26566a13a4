import assert from 'node:assert/strict';
import { canonicalJson, type JsonValue } from '@charterbus/core-models';
import { idsOf, proofOf, refusalOf } from '../bench.js';
import { sampleAdmission } from '../sample-admission.js';
import type { Suite } from './suite.js';

const densityAndOrder = ({ it }: Suite): void => {
  it('gives dense leaf indexes in the order of the appends', async (bench) => {
    const admissions = [1, 2, 3].map(() => sampleAdmission({ ids: bench.ids, now: bench.clock.now() }));
    const appended = await Promise.all(admissions.map(async (admission) => bench.broker.append(admission)));
    assert.deepEqual(
      appended.map(({ leafIndex }) => leafIndex),
      [0, 1, 2],
    );
    assert.equal(await bench.broker.reader.leafCount(), 3);
    for (const [index, { envelope }] of admissions.entries()) {
      assert.equal((await bench.broker.reader.leaf(index))?.message, envelope.message.id);
    }
  });
  it('writes leaves in canonical form', async (bench) => {
    await bench.append({ content: 'line \u2028 and "quotes"' });
    const lease = await bench.claimOne();
    await bench.broker.settle(proofOf(lease), { kind: 'reject', reason: 'über \u0007' });
    for (const index of [0, 1]) {
      const text = (await bench.broker.reader.leaf(index))?.text ?? '';
      assert.equal(canonicalJson(JSON.parse(text) as JsonValue), text);
    }
  });
};

const records = ({ it }: Suite): void => {
  it('keeps a denied message and its leaf, and delivers nothing', async (bench) => {
    const sample = sampleAdmission({ ids: bench.ids, now: bench.clock.now() });
    const { id } = sample.envelope.message;
    const recipients = { allowed: 0, held: 0, denied: 1 };
    await bench.broker.append({ ...sample, entries: [], denied: ['acme/worker'], recipients });
    assert.equal((await bench.broker.reader.message(id))?.status, 'failed');
    assert.equal((await bench.broker.reader.leaves(id)).length, 1);
    assert.deepEqual(await bench.claim(), []);
  });
  it('gives back the envelope byte by byte, with its signature', async (bench) => {
    for (const signed of [{}, { signature: 'e30..c2lnbmVk' }]) {
      const { envelope } = await bench.append({ content: 'naïve 🚌', ...signed });
      const kept = await bench.broker.reader.envelope(envelope.message.id);
      assert.equal(kept?.text, envelope.text);
      assert.equal(kept?.digest, envelope.digest);
      assert.deepEqual(kept?.message, envelope.message);
    }
  });
  it('lists messages from the newest, by status and by page', async (bench) => {
    const sent = [await bench.append(), await bench.append(), await bench.append()].map(
      (one) => one.envelope.message.id,
    );
    await bench.broker.settle(proofOf(await bench.claimOne()), { kind: 'ack' });
    const { reader } = bench.broker;
    const ids = async (filter: Parameters<typeof reader.list>[0]) => (await reader.list(filter)).map(({ id }) => id);
    assert.deepEqual(await ids({ limit: 10 }), sent.toReversed());
    assert.deepEqual(await ids({ limit: 10, status: 'delivered' }), [sent[0]]);
    assert.deepEqual(await ids({ limit: 1, status: 'pending' }), [sent[2]]);
    assert.deepEqual(await ids({ limit: 10, before: sent[1] ?? '' }), [sent[0]]);
  });
};

const bounds = ({ it }: Suite): void => {
  it(
    'refuses what is too much for one recipient before anything is written',
    async (bench) => {
      await bench.append();
      await bench.append();
      assert.equal(await refusalOf(bench.append()), 'QUEUE_FULL');
      assert.equal(await bench.broker.reader.leafCount(), 2);
      await bench.append({ to: ['another'] });
      await bench.broker.settle(proofOf(await bench.claimOne()), { kind: 'ack' });
      await bench.append();
    },
    { mailboxLimit: 2 },
  );
  it(
    'counts appends on their way',
    async (bench) => {
      const outcomes = await Promise.all([1, 2, 3, 4].map(() => refusalOf(bench.append())));
      assert.deepEqual(outcomes.toSorted(), ['QUEUE_FULL', 'QUEUE_FULL', 'done', 'done']);
    },
    { mailboxLimit: 2 },
  );
  it(
    'counts appends on their way for all recipients together',
    async (bench) => {
      const outcomes = await Promise.all(['a', 'b', 'c'].map((agent) => refusalOf(bench.append({ to: [agent] }))));
      assert.deepEqual(outcomes, ['done', 'done', 'QUEUE_FULL']);
    },
    { totalLimit: 2 },
  );
  it(
    'refuses what is too much for all recipients together',
    async (bench) => {
      await bench.append({ to: ['a', 'b'] });
      assert.equal(await refusalOf(bench.append({ to: ['c', 'd'] })), 'QUEUE_FULL');
      await bench.append({ to: ['c'] });
    },
    { totalLimit: 3 },
  );
};

const dedupe = ({ it }: Suite): void => {
  it('remembers a dedupe key for its window, by sender', async (bench) => {
    const until = bench.clock.now() + 1000;
    const receipt = {
      messageId: 'x',
      status: 'accepted',
      verdicts: [],
      constitutionalHash: 'h',
      durability: 'memory',
    } as const;
    const mark = { tenant: 'acme', from: 'planner', key: 'k', fingerprint: 'f', until, receipt };
    const { envelope } = await bench.append({ dedupe: mark });
    const { reader } = bench.broker;
    assert.deepEqual(await reader.duplicate('acme', 'planner', 'k'), { ...mark, message: envelope.message.id });
    assert.equal(await reader.duplicate('acme', 'other', 'k'), undefined);
    assert.equal(await reader.duplicate('other', 'planner', 'k'), undefined);
    bench.clock.advance(1000);
    assert.equal(await reader.duplicate('acme', 'planner', 'k'), undefined);
  });
};

const retention = ({ it }: Suite): void => {
  it(
    'drops finished messages by age; their leaves stay',
    async (bench) => {
      const { envelope } = await bench.append();
      const unfinished = await bench.append({ to: ['later'] });
      await bench.broker.settle(proofOf(await bench.claimOne()), { kind: 'ack' });
      await bench.advance(1500);
      await bench.advance(1500);
      const { reader } = bench.broker;
      assert.equal(await reader.message(envelope.message.id), undefined);
      assert.equal(await reader.envelope(envelope.message.id), undefined);
      assert.deepEqual(await reader.entries(envelope.message.id), []);
      assert.equal((await reader.leaves(envelope.message.id)).length, 2);
      assert.deepEqual(idsOf(await bench.claim({ recipient: { tenant: 'acme', agent: 'later' } })), [
        unfinished.envelope.message.id,
      ]);
    },
    { retention: { finishedMs: 1000, finishedBytes: 1e9, deadLetterMs: 1e9, everyMs: 1000 } },
  );
  it(
    'drops the oldest finished messages above a bound of bytes, without waiting for the time to sweep',
    async (bench) => {
      const first = await bench.append({ content: 'x'.repeat(600) });
      const second = await bench.append({ content: 'y'.repeat(600) });
      for (const lease of await bench.claim()) await bench.broker.settle(proofOf(lease), { kind: 'ack' });
      await bench.quiet();
      assert.equal(await bench.broker.reader.message(first.envelope.message.id), undefined);
      assert.notEqual(await bench.broker.reader.message(second.envelope.message.id), undefined);
    },
    { retention: { finishedMs: 1e9, finishedBytes: 4500, deadLetterMs: 1e9, everyMs: 1e8 } },
  );
  it(
    'counts for that bound what belongs to a message, not its text alone',
    async (bench) => {
      const to = Array.from({ length: 60 }, (_, at) => `agent-${at}`);
      const { envelope } = await bench.append({ to });
      for (const agent of to) await bench.broker.abandon({ tenant: 'acme', agent }, 'gone');
      await bench.quiet();
      assert.equal(await bench.broker.reader.message(envelope.message.id), undefined);
    },
    { retention: { finishedMs: 1e9, finishedBytes: 50_000, deadLetterMs: 1e9, everyMs: 1e8 } },
  );
};

export const appending = (suite: Suite): void => {
  densityAndOrder(suite);
  records(suite);
  bounds(suite);
  dedupe(suite);
  retention(suite);
};
