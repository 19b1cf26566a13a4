import { type Agent, agentDraftSchema } from '@charterbus/core-models';
import { type ParsedDraft, parsed, sortedLabels, sortedMetadata } from './draft.js';
import { freezeAgent } from './record/freeze-agent.js';

const { role, type, metadata, publicKey, leaseMs, capabilities } = agentDraftSchema.shape;

const patchSchema = agentDraftSchema.pick({}).extend({
  role: role.nullable(),
  // Without the default that a draft has: what is absent stays.
  capabilities: capabilities.unwrap().optional(),
  type: type.nullable(),
  metadata: metadata.nullable(),
  publicKey: publicKey.nullable(),
  leaseMs: leaseMs.nullable(),
});

export type ParsedPatch = ReturnType<typeof patchSchema.parse>;

/** @throws AgentError `AGENT_INVALID` */
export const parsePatch = (patch: unknown): ParsedPatch => {
  const { capabilities: labels, metadata: entries, ...rest } = parsed(patchSchema, patch);
  return {
    ...rest,
    ...(labels === undefined ? {} : { capabilities: sortedLabels(labels) }),
    ...(entries === undefined || entries === null ? { metadata: entries } : { metadata: sortedMetadata(entries) }),
  };
};

const patched = <Value>(value: Value | undefined, change: Value | null | undefined): Value | undefined =>
  change === undefined ? value : (change ?? undefined);

/** The revision after that one: `<registration>.<n>`, n from 1. */
const nextRevision = (revision: string): string => {
  const dot = revision.indexOf('.');
  if (dot === -1) return `${revision}.1`;
  return `${revision.slice(0, dot)}.${Number(revision.slice(dot + 1)) + 1}`;
};

/** The agent under its next revision, with what is stated of it, or itself where that is no different. */
export const revised = (agent: Agent, stated: ParsedDraft): Agent => {
  const next = freezeAgent({ ...stated, registeredAt: agent.registeredAt, revision: agent.revision });
  return JSON.stringify(next) === JSON.stringify(agent) ? agent : anew(agent, stated);
};

/** The agent under its next revision, also where nothing else is different. */
export const anew = (agent: Agent, stated: ParsedDraft): Agent =>
  freezeAgent({ ...stated, registeredAt: agent.registeredAt, revision: nextRevision(agent.revision) });

/** What the agent states about itself after the patch. */
export const patchedDraft = (agent: Agent, patch: ParsedPatch): ParsedDraft =>
  freezeAgent({
    ...agent,
    role: patched(agent.role, patch.role),
    capabilities: patch.capabilities ?? agent.capabilities,
    type: patched(agent.type, patch.type),
    metadata: patched(agent.metadata, patch.metadata),
    publicKey: patched(agent.publicKey, patch.publicKey),
    leaseMs: patched(agent.leaseMs, patch.leaseMs),
  });
