import { CharterbusError, type MessageDraft } from '@charterbus/core-models';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { AgentHandle, Bus, MessageTrace } from '../../src/index.js';
import { claimAll, startBus } from '../support/fleet.js';

/**
 * What one tenant sees must not depend on what another does, though both have agents, topics, groups, capabilities,
 * conversations and keys of the same names: it is run beside the other and without it, and the answers are compared.
 */
const tenants = ['acme', 'rival'] as const;
type Tenant = (typeof tenants)[number];
const ids = ['planner', 'worker', 'clerk'] as const;
const nobodysId = '01900000-0000-7000-8000-000000000000';

interface World {
  readonly bus: Bus;
  readonly clock: { advance(milliseconds: number): void };
  readonly handles: ReadonlyMap<string, AgentHandle>;
  /** The newest message of each tenant. */
  readonly newest: Map<Tenant, string>;
}

type Act = (world: World, tenant: Tenant) => Promise<unknown>;
interface Command {
  readonly tenant: Tenant | undefined;
  readonly act: Act;
  readonly words: string;
}

const handleOf = ({ handles }: World, tenant: Tenant, id: string): AgentHandle => {
  const handle = handles.get(`${tenant}/${id}`);
  if (handle === undefined) throw new Error(`There is no ${tenant}/${id}.`);
  return handle;
};

const otherOf = (tenant: Tenant): Tenant => (tenant === 'acme' ? 'rival' : 'acme');

/** Without ids, places in the log and digests, which differ from run to run. */
const sent = async (world: World, tenant: Tenant, id: string, draft: MessageDraft): Promise<unknown> => {
  const receipt = await handleOf(world, tenant, id).send(draft);
  world.newest.set(tenant, receipt.messageId);
  const { status, recipients, duplicate, verdicts } = receipt;
  return { status, recipients, duplicate, effects: verdicts.map(({ effect, reasons }) => [effect, reasons]) };
};

const seenOf = ({ message, status, deliveries }: MessageTrace) => ({
  content: message.content,
  status,
  deliveries: deliveries.map(({ state, attempts, reason }) => ({ state, attempts, reason })),
});

const agent = fc.constantFrom(...ids);
const key = fc.option(fc.constantFrom('a', 'b'), { nil: undefined });
const drafts = fc.record({ dedupeKey: key, orderingKey: key, conversationId: key }).map((keys) => ({
  ...Object.fromEntries(Object.entries(keys).filter(([, value]) => value !== undefined)),
  type: 'query' as const,
}));
const addresses = fc.oneof(
  agent.map((to) => ({ agent: to })),
  fc.constant({ everyone: true as const }),
  fc.constantFrom('news.eu', 'news.us').map((topic) => ({ topic })),
  fc.constantFrom('sum', 'translate').map((capability) => ({ capability })),
);

/** What some agent does, in the words of a failing run. */
interface Deed {
  readonly words: string;
  readonly act: Act;
}

const deed = (words: string, act: Act): Deed => ({ words, act });

const sends = fc
  .tuple(agent, addresses, drafts, fc.nat(9))
  .map(([from, to, draft, content]) =>
    deed(`${from} sends ${JSON.stringify({ ...draft, to, content })}`, (world, tenant) =>
      sent(world, tenant, from, { ...draft, to, content }),
    ),
  );

const sendsAbroad = fc.tuple(agent, agent).map(([from, to]) =>
  deed(`${from} sends abroad to ${to}`, (world, tenant) => {
    const address = { agent: to, tenant: otherOf(tenant) };
    return sent(world, tenant, from, { to: address, type: 'query', content: 1 });
  }),
);

const takes = fc.tuple(agent, fc.boolean()).map(([id, acks]) =>
  deed(`${id} takes and ${acks ? 'acks' : 'nacks'}`, async (world, tenant) => {
    const handle = handleOf(world, tenant, id);
    const deliveries = await claimAll(handle);
    for (const { id: deliveryId, fencingToken } of deliveries) {
      const proof = { deliveryId, fencingToken };
      await (acks ? handle.ack(proof) : handle.nack(proof, { delayMs: 1000 }));
    }
    return deliveries.map(({ message, attempt }) => [message.from, message.tenant, message.content, attempt]);
  }),
);

const subscribes = fc.tuple(agent, fc.constantFrom('news.>', 'news.eu'), key).map(([id, pattern, group]) =>
  deed(`${id} subscribes ${pattern} ${group ?? ''}`, async (world, tenant) => {
    const handle = handleOf(world, tenant, id);
    await handle.subscribe(pattern, group === undefined ? {} : { group });
    return handle.subscriptions.map((one) => [one.pattern, one.group]);
  }),
);

const looks = fc.tuple(agent, fc.boolean()).map(([id, abroad]) =>
  deed(`${id} looks at the newest ${abroad ? 'of the other tenant' : 'of its own'}`, async (world, tenant) => {
    const newest = world.newest.get(abroad ? otherOf(tenant) : tenant) ?? nobodysId;
    return seenOf(await handleOf(world, tenant, id).trace(newest));
  }),
);

const operates = fc.tuple(agent, fc.boolean(), fc.constantFrom('halt', 'quarantine', 'pause')).map(([id, on, what]) =>
  deed(`${what} ${id}: ${on ? 'on' : 'off'}`, async ({ bus: { operations } }, tenant) => {
    const reference = { tenant, agent: id };
    const { identity, killSwitch } = operations;
    if (what === 'pause') return on ? (await operations.pause({ tenant }, 'x')).reason : operations.resume({ tenant });
    if (what === 'halt') return on ? (await killSwitch.halt(reference, 'x')).reason : killSwitch.lift(reference, 'x');
    const state = on ? identity.quarantine(reference, 'x') : identity.reinstate(reference, 'x');
    return (await state).status;
  }),
);

const deeds = fc.oneof(
  { weight: 6, arbitrary: sends },
  { weight: 2, arbitrary: sendsAbroad },
  { weight: 5, arbitrary: takes },
  { weight: 2, arbitrary: subscribes },
  { weight: 4, arbitrary: looks },
  { weight: 3, arbitrary: operates },
);

const ofATenant = fc
  .tuple(fc.constantFrom(...tenants), deeds)
  .map(([tenant, { words, act }]): Command => ({ tenant, act, words: `${tenant}: ${words}` }));

const timePasses = fc.constantFrom(500, 1500, 40_000).map(
  (milliseconds): Command => ({
    tenant: undefined,
    words: `${milliseconds} milliseconds pass`,
    act: ({ clock }) => Promise.resolve(clock.advance(milliseconds)),
  }),
);

const commands = fc.oneof({ weight: 12, arbitrary: ofATenant }, { weight: 1, arbitrary: timePasses });

const openWorld = async (present: readonly Tenant[]): Promise<World> => {
  const { bus, clock } = await startBus();
  const handles = new Map<string, AgentHandle>();
  for (const tenant of present) {
    for (const id of ids) {
      const capabilities = id === 'planner' ? [] : ['sum', ...(id === 'clerk' ? ['translate'] : [])];
      handles.set(`${tenant}/${id}`, (await bus.register({ tenant, id, capabilities, role: 'executive' })).handle);
    }
  }
  return { bus, clock, handles, newest: new Map() };
};

const answerTo = async ({ act, tenant }: Command, world: World): Promise<unknown> => {
  try {
    return { answer: await act(world, tenant ?? 'acme') };
  } catch (error) {
    if (!CharterbusError.isInstance(error)) throw error;
    return { code: error.code, message: error.message };
  }
};

const answersOf = async (tenant: Tenant, script: readonly Command[], present: readonly Tenant[]) => {
  const world = await openWorld(present);
  const answers: unknown[] = [];
  for (const command of script) {
    const isOthers = command.tenant !== undefined && command.tenant !== tenant;
    if (isOthers && !present.includes(command.tenant as Tenant)) continue;
    const answer = await answerTo(command, world);
    if (!isOthers) answers.push([command.words, answer]);
  }
  await world.bus.drain(0);
  return answers;
};

it('what a tenant sees does not depend on another with equal names for everything', { timeout: 60_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(commands, { minLength: 5, maxLength: 40, size: 'max' }),
      fc.constantFrom(...tenants),
      async (script, tenant) => {
        expect(await answersOf(tenant, script, tenants)).toEqual(await answersOf(tenant, script, [tenant]));
      },
    ),
    {
      numRuns: Number(process.env['CHARTERBUS_RUNS'] ?? 60),
      seed: Number(process.env['CHARTERBUS_SEED'] ?? 20_261_201),
    },
  );
});
