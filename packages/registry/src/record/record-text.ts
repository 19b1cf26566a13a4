import { type Agent, agentSchema } from '@charterbus/core-models';
import type { Quarantine } from '../agents.js';
import type { Credential } from '../credentials/credential.js';
import type { AgentRecord, StoredCredential } from './agent-record.js';
import { freezeAgent } from './freeze-agent.js';

/** What stores keep of an agent: JSON text. */
export const recordText = ({ version, agent, credentials, quarantine }: AgentRecord): string =>
  JSON.stringify({
    version,
    agent,
    credentials: credentials.map(({ credential, digest }) => ({ ...credential, digest })),
    quarantine,
  });

const text = (value: unknown): string => {
  if (typeof value !== 'string') throw new TypeError('not a text');
  return value;
};

const instant = (value: unknown): number => {
  if (!Number.isSafeInteger(value)) throw new TypeError('not an instant');
  return value as number;
};

const list = (value: unknown): readonly unknown[] => {
  if (!Array.isArray(value)) throw new TypeError('not a list');
  return value;
};

type Stored = Readonly<Record<string, unknown>>;

const kindOf = (value: unknown): Credential['kind'] => {
  if (value !== 'token' && value !== 'session') throw new TypeError('no kind of credential');
  return value;
};

const credentialOf = (stored: Stored): StoredCredential => {
  const { id, kind, scopes, issuedAt, expiresAt, label, digest } = stored;
  const credential: Credential = {
    id: text(id),
    kind: kindOf(kind),
    ...(scopes === undefined ? {} : { scopes: Object.freeze(list(scopes).map(text)) }),
    issuedAt: instant(issuedAt),
    ...(expiresAt === undefined ? {} : { expiresAt: instant(expiresAt) }),
    ...(label === undefined ? {} : { label: text(label) }),
  };
  return { credential: Object.freeze(credential), digest: text(digest) };
};

/** As it was kept when each agent had one token and nothing else. */
const firstForm = (agent: Agent, digest: unknown): AgentRecord => {
  const issuedAt = Date.parse(agent.registeredAt);
  const credential: Credential = Object.freeze({ id: agent.revision, kind: 'token', issuedAt: instant(issuedAt) });
  return { version: agent.revision, agent, credentials: [{ credential, digest: text(digest) }] };
};

const quarantineOf = ({ reason, since }: Stored): Quarantine =>
  Object.freeze({ reason: text(reason), since: instant(since) });

/** @throws whatever is wrong with a text that no registry has written. */
export const recordOf = (stored: string): AgentRecord => {
  const { version, agent: kept, tokenDigest, credentials, quarantine } = JSON.parse(stored) as Stored;
  const agent = freezeAgent(agentSchema.parse(kept));
  if (tokenDigest !== undefined) return firstForm(agent, tokenDigest);
  return {
    version: text(version),
    agent,
    credentials: list(credentials).map((one) => credentialOf(one as Stored)),
    ...(quarantine === undefined ? {} : { quarantine: quarantineOf(quarantine as Stored) }),
  };
};
