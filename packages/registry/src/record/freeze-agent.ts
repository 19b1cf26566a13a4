import type { Agent } from '@charterbus/core-models';

/** What may be absent, or stand there as `undefined`, of what is read or computed. */
type Loose<Type> = { readonly [Key in keyof Type]: Type[Key] | undefined };

/** An agent with its members in one order, so that equal agents have equal texts; frozen to its depth. */
export const freezeAgent = (
  stated: Loose<Agent> & Pick<Agent, 'id' | 'tenant' | 'capabilities' | 'registeredAt' | 'revision'>,
): Agent => {
  const { id, tenant, role, capabilities, type, metadata, publicKey, leaseMs, registeredAt, revision } = stated;
  return Object.freeze({
    id,
    tenant,
    ...(role === undefined ? {} : { role }),
    capabilities: Object.freeze(capabilities),
    ...(type === undefined ? {} : { type }),
    ...(metadata === undefined ? {} : { metadata: Object.freeze(metadata) }),
    ...(publicKey === undefined ? {} : { publicKey }),
    ...(leaseMs === undefined ? {} : { leaseMs }),
    registeredAt,
    revision,
  });
};
