import type { MessageSet, Pauses } from '../broker/pauses.js';
import type { Shards } from './shards.js';

/** As scripts read them; `*` stands for all tenants. */
const packMessages = ({ tenants, senders, types }: MessageSet): readonly string[] => [
  ...tenants.map((tenant) => `f ${tenant}`),
  ...senders.map((sender) => `s ${sender}`),
  ...types.map(({ type, tenant = '*' }) => `y ${tenant} ${type}`),
];

/**
 * As scripts read them: `e` and everything, `t` and a tenant, `m` and a mailbox, `p`, a tenant and a pattern of topics; of
 * messages `f` and the sender's tenant, `s` and the sender, or `y`, a tenant and a type.
 */
const packPauses = ({ everything, tenants, mailboxes, topics, messages }: Pauses): readonly string[] => [
  ...(everything === true ? ['e everything'] : []),
  ...[...tenants].map((tenant) => `t ${tenant}`),
  ...[...mailboxes].map((mailbox) => `m ${mailbox}`),
  ...[...topics].flatMap(([tenant, { patterns }]) => patterns.map((pattern) => `p ${tenant} ${pattern}`)),
  ...(messages === undefined ? [] : packMessages(messages)),
];

/**
 * Tells the shards of what nothing is leased. It is kept beside the queues and looked at by the scripts that lease: once this
 * resolves it holds for all processes.
 *
 * @param order of what is told: a shard keeps the newest. Without one, the last that is told.
 */
export const withholdIn = async (shards: Shards, pauses: Pauses, order = ''): Promise<void> => {
  const packed = packPauses(pauses);
  await Promise.all(
    shards.all.map((shard) =>
      shard.working.ask((into) => void into.push('w', order, String(packed.length), ...packed)),
    ),
  );
};
