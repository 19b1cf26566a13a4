import { loadConstitution } from '@charterbus/policy-client';
import { expect, test } from 'vitest';
import { claimAll, refusal, startBus } from '../support/fleet.js';

const files = Object.entries({
  'manifest.yaml': `format: charterbus.constitution/1
name: payments
revision: 1
engine: cedar
tests: optional
facts:
  tools:
    pay:
      arguments: { cents: int }
      facts: { total: "sum(earlier.pay.map(call, call.cents)) + args.cents" }
`,
  'policies/own.cedar': `
@id("pay") @remove("/arguments/cents")
permit (principal, action in Action::"send", resource);
@id("receive") permit (principal, action == Action::"receive", resource);
@id("enough") forbid (principal, action == Action::"pay", resource) when { context.total > 100 };
`,
}).map(([path, text]) => ({ path, bytes: Buffer.from(text) }));

test('facts, also those of the conversation, are of what was sent and not of what is delivered', async () => {
  const { bus } = await startBus({ constitution: await loadConstitution(files) });
  const { handle: buyer } = await bus.register({ tenant: 'acme', id: 'buyer' });
  const { handle: till } = await bus.register({ tenant: 'acme', id: 'tool:pay' });
  const pay = (cents: number) =>
    buyer.send({
      to: { agent: 'tool:pay' },
      type: 'task_request',
      conversationId: 'c1',
      content: { tool: 'pay', arguments: { cents } },
    });
  await pay(60);
  const [delivery] = await claimAll(till);
  expect(delivery?.message.content).toEqual({ tool: 'pay', arguments: {} });
  expect((await refusal(pay(60))).details['reasons']).toEqual(['enough']);
  await expect(pay(40)).resolves.toMatchObject({ status: 'accepted' });
});
