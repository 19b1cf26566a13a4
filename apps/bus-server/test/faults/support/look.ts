import { type AgentHandle, type Bus, createBus, type RecipientName } from '@charterbus/bus';
import { sqliteBackend } from '@charterbus/bus/sqlite';
import { machineMs, type Recorder } from '@charterbus/tooling/testing';

/** How long the rest may take to reach its end, in milliseconds. */
const restMs = 45_000;

const takeAll = (handle: AgentHandle, recorder: Recorder): void => {
  handle.handle((message, delivery) => {
    const { id, fencingToken: token, attempt } = delivery;
    const expiry = message.expiresAt === undefined ? {} : { expiresAt: Date.parse(message.expiresAt) };
    const lease = { delivery: id, message: message.id, token, attempt, leaseMs: 30_000, local: true };
    // Its grant was before this, by how much nobody knows.
    recorder.note({ kind: 'leased', ...lease, wall: 0, ...expiry });
    recorder.note({ kind: 'settling', delivery: id, token, outcome: 'ack' });
  });
};

const nameOf = (recipient: RecipientName): string => {
  if ('agent' in recipient) return recipient.agent;
  return 'group' in recipient ? recipient.group : recipient.capability;
};

const nextTurn = (): Promise<void> => {
  const { promise, resolve } = Promise.withResolvers<void>();
  setImmediate(resolve);
  return promise;
};

/** Whether the store says so of any; what memory says may not be committed yet. */
const isUnfinished = async ({ operations }: Bus): Promise<boolean> => {
  for (const status of ['pending', 'processing'] as const) {
    if ((await operations.messages({ status, limit: 1 })).items.length > 0) return true;
  }
  return false;
};

const untilFinished = async (bus: Bus): Promise<void> => {
  const deadline = machineMs() + restMs;
  while (bus.counts.queued + bus.counts.leased > 0 || (await isUnfinished(bus))) {
    if (machineMs() > deadline) throw new Error(`After the run ${JSON.stringify(bus.counts)} are left.`);
    await nextTurn();
  }
};

const noteMessages = async ({ operations }: Bus, recorder: Recorder): Promise<void> => {
  for (let before: string | undefined; ; ) {
    const page = await operations.messages({ limit: 1000, ...(before === undefined ? {} : { before }) });
    for (const { id } of page.items) {
      const { message, leaves, deliveries } = await operations.trace(id);
      // The record of a denial: each attempt at sending what has expired leaves one.
      if (deliveries.length === 0) continue;
      const { send } = message.content as { readonly send: string };
      recorder.note({
        kind: 'found',
        message: id,
        send,
        leaf: Math.min(...leaves.map(({ index }) => index)),
        ...(message.orderingKey === undefined ? {} : { orderingKey: message.orderingKey }),
        deliveries: deliveries.map(({ id: delivery, recipient, state, attempts, reason }) => ({
          id: delivery,
          recipient: nameOf(recipient),
          state,
          attempts,
          ...(reason === undefined ? {} : { reason }),
        })),
      });
    }
    if (page.next === undefined) return;
    before = page.next;
  }
};

/** Opens what the run left, lets everything reach its end, and notes what is there. */
export const lookAtTheEnd = async (data: string, tokens: Iterable<string>, recorder: Recorder): Promise<void> => {
  await using bus = await createBus({ backend: sqliteBackend({ directory: data }) });
  for (const token of tokens) takeAll(bus.connect(token), recorder);
  await untilFinished(bus);
  await noteMessages(bus, recorder);
  const { operations } = bus;
  const gaps: number[] = [];
  const leaves = await operations.leafCount();
  for (let index = 0; index < leaves; index++) {
    if ((await operations.leaf(index))?.index !== index) gaps.push(index);
  }
  recorder.note({ kind: 'log', leaves, gaps });
};
