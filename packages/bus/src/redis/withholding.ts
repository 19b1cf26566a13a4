import type { Pauses } from '../broker/pauses.js';
import type { Shards } from './shards.js';

/** As scripts read them: `t` and a tenant, `m` and a mailbox, or `p`, a tenant and a pattern of topics. */
const packPauses = ({ tenants, mailboxes, topics }: Pauses): readonly string[] => [
  ...[...tenants].map((tenant) => `t ${tenant}`),
  ...[...mailboxes].map((mailbox) => `m ${mailbox}`),
  ...[...topics].flatMap(([tenant, { patterns }]) => patterns.map((pattern) => `p ${tenant} ${pattern}`)),
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
