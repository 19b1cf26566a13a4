import { createBus } from '@charterbus/bus';
import { sha256 } from '@charterbus/core-models';
import { synchronous } from '../../measure/batch.js';
import type { Row } from '../../suite.js';
import { insist } from '../insist.js';
import { payload } from '../payload.js';

/** A message and the leaf of its admission, as the bus makes them. */
const example = async () => {
  await using bus = await createBus();
  const { handle: sender } = await bus.register({ tenant: 'acme', id: 'sender-0' });
  await bus.register({ tenant: 'acme', id: 'worker-0' });
  const { messageId } = await sender.send({ to: { agent: 'worker-0' }, type: 'query', content: { ...payload(0) } });
  const { message, leaves } = await bus.operations.trace(messageId);
  const leaf = leaves[0]?.leaf;
  insist(leaf !== undefined, 'The message left no leaf.');
  return { message, leaf };
};

export const hashing = (name: string): Row => ({
  name,
  kind: 'limit',
  profile: "JSON.stringify and SHA-256 of a message of the same size, then of its admission's leaf",
  leavesOut: 'everything else',
  open: async () => {
    const { message, leaf } = await example();
    const batch = synchronous((n) => {
      const digest = sha256(JSON.stringify({ ...message, content: payload(n) }));
      return digest.length + sha256(JSON.stringify(leaf)).length;
    });
    return { batch, close: async () => undefined };
  },
});
