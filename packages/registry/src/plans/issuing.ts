import { AgentError, type AgentReference, type Clock, sha256 } from '@charterbus/core-models';
import type { Credential, IssuedCredential, Session, TokenRequest } from '../credentials/credential.js';
import { mostSessions, mostTokens } from '../credentials/limits.js';
import { makeToken } from '../credentials/token.js';
import type { StoredCredential } from '../record/agent-record.js';
import { mustExist, nothing, type Plan, type PlanSources } from './plan.js';

/** A new secret, and what is kept of it. */
export const issue = (
  kind: 'token' | 'session',
  request: TokenRequest,
  { clock, ids, random }: PlanSources,
): { readonly stored: StoredCredential; readonly issued: IssuedCredential } => {
  const token = makeToken(kind, random);
  const issuedAt = Math.floor(clock.now());
  const credential: Credential = Object.freeze({ id: ids.next(), kind, issuedAt, ...request });
  return { stored: { credential, digest: sha256(token) }, issued: { credential, token } };
};

export const hasExpired = ({ expiresAt }: Credential, clock: Pick<Clock, 'now'>): boolean =>
  expiresAt !== undefined && expiresAt <= clock.now();

/** What has expired is taken out whenever something else is changed: there are never more than the limits. */
const inForce = (credentials: readonly StoredCredential[], clock: Pick<Clock, 'now'>): readonly StoredCredential[] =>
  credentials.filter(({ credential }) => !hasExpired(credential, clock));

const checkTokens = (credentials: readonly StoredCredential[]): readonly StoredCredential[] => {
  if (credentials.filter(({ credential }) => credential.kind === 'token').length <= mostTokens) return credentials;
  throw new AgentError('CREDENTIAL_LIMIT_REACHED', `An agent has no more than ${mostTokens} tokens: revoke one.`);
};

export const issuing = (
  reference: AgentReference,
  request: TokenRequest,
  sources: PlanSources,
): Plan<IssuedCredential> => ({
  kind: 'credentials',
  reference,
  make: (record) => {
    const before = mustExist(record, reference);
    const { stored, issued } = issue('token', request, sources);
    const version = sources.ids.next();
    const credentials = checkTokens([...inForce(before.credentials, sources.clock), stored]);
    return { version, next: { ...before, version, credentials }, result: () => issued };
  },
});

const notFound = (): AgentError => new AgentError('CREDENTIAL_NOT_FOUND', 'The agent has no such credential in force.');

/** What of a token goes over to the one in its place. */
const heirOf = ({ scopes, label, issuedAt, expiresAt }: Credential, now: number): TokenRequest => ({
  ...(scopes === undefined ? {} : { scopes }),
  ...(expiresAt === undefined ? {} : { expiresAt: Math.floor(now) + expiresAt - issuedAt }),
  ...(label === undefined ? {} : { label }),
});

const endingAt = ({ credential, digest }: StoredCredential, endsAt: number): StoredCredential => {
  const expiresAt = Math.min(credential.expiresAt ?? Number.POSITIVE_INFINITY, endsAt);
  return { credential: Object.freeze({ ...credential, expiresAt }), digest };
};

export const rotating = (
  reference: AgentReference,
  { credentialId, overlapMs }: { readonly credentialId: string; readonly overlapMs: number },
  sources: PlanSources,
): Plan<IssuedCredential> => ({
  kind: 'credentials',
  reference,
  make: (record) => {
    const before = mustExist(record, reference);
    const now = sources.clock.now();
    const live = inForce(before.credentials, sources.clock);
    const old = live.find(({ credential }) => credential.id === credentialId && credential.kind === 'token');
    if (old === undefined) throw notFound();
    const { stored, issued } = issue('token', heirOf(old.credential, now), sources);
    const rest = live.flatMap((one) => {
      if (one !== old) return [one];
      return overlapMs === 0 ? [] : [endingAt(one, Math.floor(now) + overlapMs)];
    });
    const version = sources.ids.next();
    const credentials = checkTokens([...rest, stored]);
    return { version, next: { ...before, version, credentials }, result: () => issued };
  },
});

export const revoking = (reference: AgentReference, credentialId: string, sources: PlanSources): Plan<void> => ({
  kind: 'credentials',
  reference,
  isNarrowing: true,
  make: (record) => {
    const before = mustExist(record, reference);
    const live = inForce(before.credentials, sources.clock);
    const credentials = live.filter(({ credential }) => credential.id !== credentialId);
    if (credentials.length === live.length) throw notFound();
    const version = sources.ids.next();
    return { version, next: { ...before, version, credentials }, result: nothing };
  },
});

/** By the agent's key, which was proven. */
export const openingSession = (
  reference: AgentReference,
  { provenKey, scopes }: { readonly provenKey: string; readonly scopes: readonly string[] | undefined },
  sources: PlanSources,
): Plan<Session> => ({
  kind: 'credentials',
  reference,
  make: (record) => {
    if (record === undefined || record.agent.publicKey !== provenKey) throw refused();
    if (record.quarantine !== undefined) throw quarantined();
    const expiresAt = Math.floor(sources.clock.now()) + sources.sessionMs;
    const request = scopes === undefined ? { expiresAt } : { scopes, expiresAt };
    const { stored, issued } = issue('session', request, sources);
    const live = inForce(record.credentials, sources.clock);
    const sessions = live.filter(({ credential }) => credential.kind === 'session');
    const oldest = new Set(sessions.slice(0, Math.max(0, sessions.length + 1 - mostSessions)));
    const version = sources.ids.next();
    const credentials = [...live.filter((one) => !oldest.has(one)), stored];
    return {
      version,
      next: { ...record, version, credentials },
      result: (agent) => ({ agent, ...issued, expiresAt }),
    };
  },
});

/** The same for whatever is wrong with a credential. */
export const refused = (): AgentError => new AgentError('CREDENTIAL_REFUSED', 'The credential is not valid.');

export const quarantined = (): AgentError => new AgentError('AGENT_QUARANTINED', 'The agent is quarantined.');
