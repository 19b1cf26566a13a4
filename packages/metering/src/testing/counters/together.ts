import assert from 'node:assert/strict';
import { type CountersSuite, hour } from './suite.js';

const rate = { kind: 'rate', messages: 3, seconds: 3600, burst: 3 } as const;
const budget = { kind: 'budget', limit: 2, period: 'day', per: 'tenant' } as const;
const open = { kind: 'concurrency', messages: 1, per: 'agent-tool' } as const;

export const together = (it: CountersSuite): void => {
  it('charges all quotas of a message, or none', async (sender, clock) => {
    const quotas = sender.enact({ rate, budget, open });
    const first = sender.request({ tool: 'refund' });
    assert.ok((await quotas.take(first)).allowed);
    assert.equal(await sender.isAllowed({ tool: 'refund' }), false);
    assert.equal(await sender.isAllowed({ tool: 'other' }), true);
    const denied = await sender.take({ tool: 'refund' });
    const expected = { allowed: false, reason: 'used_up', quotas: ['budget', 'open'], retryAfterMs: 12 * hour };
    assert.deepEqual(denied, expected);
    clock.advance(12 * hour);
    const used = (await quotas.peek(first)).map(({ quota, used: amount }) => [quota, amount]);
    assert.deepEqual(used, [
      ['budget', 0],
      ['open', 1],
      ['rate', 0],
    ]);
  });

  it('counts each subject by itself', async (sender) => {
    const subjects = ['tenant', 'agent', 'agent-type', 'agent-tool', 'tenant-type', 'tenant-tool'] as const;
    const quotas = sender.enact(
      Object.fromEntries(subjects.map((per) => [per, { kind: 'budget', limit: 100, period: 'day', per }])),
    );
    for (const parts of [{ tool: 'refund' }, { agent: 'bob', tool: 'refund' }, { type: 'query' as const }]) {
      await sender.take(parts);
    }
    const usage = await quotas.usage({ tenant: 'acme' });
    assert.deepEqual(usage.map(({ quota, subject, used }) => `${quota} ${subject} ${used}`).toSorted(), [
      'agent acme/alice 2',
      'agent acme/bob 1',
      'agent-tool acme/alice/refund 1',
      'agent-tool acme/bob/refund 1',
      'agent-type acme/alice/command 1',
      'agent-type acme/alice/query 1',
      'agent-type acme/bob/command 1',
      'tenant acme 3',
      'tenant-tool acme/*/refund 2',
      'tenant-type acme/*/command 2',
      'tenant-type acme/*/query 1',
    ]);
    assert.equal((await quotas.usage({ tenant: 'acme', limit: 4 })).length, 4);
  });

  it('lets exactly so many in of those that come at once', async (sender) => {
    const quotas = sender.enact({ rate: { ...rate, burst: 7 }, budget: { ...budget, limit: 5 } });
    const decisions = await Promise.all(Array.from({ length: 20 }, async () => quotas.take(sender.request())));
    assert.equal(decisions.filter(({ allowed }) => allowed).length, 5);
  });

  it('lets everything in where there are no quotas', async (sender) => {
    sender.enact({});
    assert.equal(await sender.allowed(3, { tokens: 1e9 }), 3);
  });
};
