import { loadConstitution } from '@charterbus/policy-client';
import { expect, test } from 'vitest';
import { claimAll, startFleet, toWorker } from '../support/fleet.js';

const manifest = `format: charterbus.constitution/1
name: tried
revision: 1
engine: cedar
tests: optional
variants: { strict: { share: 0.4 } }
`;
const open = '@id("all") permit (principal, action, resource);';
const strict = `${open} @id("no-queries") forbid (principal, action == Action::"send", resource) when { context.messageType == "query" };`;

const tried = () =>
  loadConstitution(
    Object.entries({
      'manifest.yaml': manifest,
      'policies/own.cedar': open,
      'variants/strict/policies/own.cedar': strict,
    }).map(([path, text]) => ({ path, bytes: Buffer.from(text) })),
  );

test('a share of the conversations is judged by a variant, told by the verdict and counted apart', async () => {
  const { planner, worker, bus } = await startFleet({ constitution: await tried() });
  const outcomes: (string | undefined)[] = [];
  for (let number = 0; number < 50; number++) {
    await Promise.allSettled([planner.send(toWorker({ conversationId: `talk-${number}` }))]);
    const [newest] = (await bus.operations.messages({ limit: 1 })).items;
    outcomes.push((await bus.operations.trace(newest?.id ?? '')).verdicts[0]?.variant);
  }
  const denied = outcomes.filter((variant) => variant === 'strict').length;
  expect(denied).toBeGreaterThan(5);
  expect(bus.operations.constitution.variants).toEqual([
    { allowed: 50 - denied, held: 0, denied: 0 },
    { variant: 'strict', allowed: 0, held: 0, denied },
  ]);
  expect(await claimAll(worker)).toHaveLength(50 - denied);
});

test('a constitution without variants has nothing to tell', async () => {
  const { planner, bus } = await startFleet();
  await planner.send(toWorker());
  expect(bus.operations.constitution.variants).toEqual([]);
});
