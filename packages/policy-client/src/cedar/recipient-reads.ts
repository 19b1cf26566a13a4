import type { RecipientReads } from '../engine/policy-engine.js';
import { agentAttributes } from './agent-reads.js';
import type { CedarPolicy } from './read-policies.js';

const namedIn = ({ scope, reading }: CedarPolicy): readonly string[] => [
  ...reading.agents,
  ...[scope.principal, scope.resource].flatMap(({ equals, within }) =>
    [equals, within].flatMap((uid) => (uid?.type === 'Agent' ? [uid.id] : [])),
  ),
];

/**
 * What policies about `receive` can tell recipients apart by. There the recipient is the principal, and an entity can only
 * be compared: with the sender, with a tenant, and with the agents that stand in the policies; no attribute holds one.
 * Everything else is read of its attributes, of the plain variable or of whoever an expression comes to.
 */
export const recipientReads = (policies: readonly CedarPolicy[]): RecipientReads => {
  const read = new Set(
    policies.flatMap(({ reading: { attributesOf } }) => [
      ...(attributesOf.get('principal') ?? []),
      ...(attributesOf.get('anybody') ?? []),
    ]),
  );
  const attributes = agentAttributes.filter((name) => name !== 'tenant');
  return Object.freeze({
    attributes: new Set(attributes.filter((name) => read.has(name))),
    named: new Set(policies.flatMap(namedIn)),
  });
};
