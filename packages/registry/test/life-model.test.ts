import { type Agent, agentKey, ManualClock } from '@charterbus/core-models';
import { openMemoryStore } from '@charterbus/store';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createMemoryRegistry, type Registry } from '../src/index.js';
import { openSqliteRegistry, registryNamespace } from '../src/sqlite/index.js';
import { capability, codeOfPlay, expectedCode, LifeModel, type LifeStep, lifeSteps, takeStep } from './support/life.js';
import { codeOfCall } from './support/redis.js';

const keysOf = (agents: Iterable<Agent>): readonly string[] =>
  Array.from(agents, ({ tenant, id }) => agentKey({ tenant, agent: id }));

/** Every look-up says what the model says. */
const expectSame = (registry: Registry, model: LifeModel): void => {
  const active = model.keys((agent) => model.status(agent) === 'active');
  const members = ['a', 'a-b'].flatMap((tenant) => keysOf(registry.members(tenant)));
  expect(members).toEqual(
    [...active].toSorted((one, other) => Number(one.startsWith('a-b')) - Number(other.startsWith('a-b'))),
  );
  const capable = ['a', 'a-b'].flatMap((tenant) => keysOf(registry.withCapability(tenant, capability)));
  const expected = model.keys((agent) => agent.isCapable && model.status(agent) === 'active');
  expect(capable.toSorted()).toEqual(expected.toSorted());
  for (const status of ['active', 'quarantined', 'expired'] as const) {
    const listed = keysOf(registry.list({ status }).agents);
    expect(listed).toEqual(model.keys((agent) => model.status(agent) === status).toSorted());
  }
  for (const [key, agent] of model.agents) {
    const [tenant = '', id = ''] = key.split('/');
    const status = model.status(agent);
    expect(registry.state({ tenant, agent: id })?.status).toBe(status);
    expect(registry.route({ tenant, agent: id }) !== undefined).toBe(status === 'active');
    for (const { token, id: credentialId, expiresAt } of agent.tokens) {
      const good = agent.isQuarantined ? 'AGENT_QUARANTINED' : 'done';
      const isLive = expiresAt > model.clock.now();
      expect(codeOfCall(() => registry.authenticate(token))).toBe(isLive ? good : 'CREDENTIAL_REFUSED');
      if (credentialId !== agent.letIn.credential.id) continue;
      expect(registry.isInForce(agent.letIn)).toBe(isLive && !agent.isQuarantined);
    }
  }
  for (const token of model.dead) expect(codeOfCall(() => registry.authenticate(token))).toBe('CREDENTIAL_REFUSED');
};

const play = async (registry: Registry, model: LifeModel, steps: readonly LifeStep[]): Promise<void> => {
  for (const step of steps) {
    const expected = expectedCode(model, step);
    const code = await takeStep(registry, model, step).then(() => 'done', codeOfPlay);
    expect([step.kind, code]).toEqual([step.kind, expected]);
    expectSame(registry, model);
  }
};

test('whatever happens to agents of equal ids in two tenants, every look-up says what a simple model says: memory', async () => {
  const property = fc.asyncProperty(lifeSteps, async (steps) => {
    const clock = new ManualClock();
    await using registry = createMemoryRegistry({ clock, timers: clock });
    await play(registry, new LifeModel(clock), steps);
  });
  await expect(fc.assert(property, { numRuns: 80, seed: 23 })).resolves.toBeUndefined();
});

test('whatever happens, a store that is opened again has all but the leases, which begin anew', async () => {
  const property = fc.asyncProperty(lifeSteps, lifeSteps, async (before, after) => {
    const clock = new ManualClock();
    const model = new LifeModel(clock);
    await using store = await openMemoryStore({ namespaces: [registryNamespace] });
    const first = await openSqliteRegistry({ store, clock, timers: clock });
    await play(first, model, before);
    await first.close();
    await using second = await openSqliteRegistry({ store, clock, timers: clock });
    model.renewAll();
    expectSame(second, model);
    await play(second, model, after);
  });
  await expect(fc.assert(property, { numRuns: 20, seed: 29 })).resolves.toBeUndefined();
});
