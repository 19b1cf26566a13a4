import { type Clock, registrationOf } from '@charterbus/core-models';
import type { AgentState } from '../agents.js';
import type { Authenticated, Credential } from '../credentials/credential.js';
import { tokenDigest } from '../credentials/token.js';
import { hasExpired, quarantined, refused } from '../plans/issuing.js';
import type { AgentView } from './agent-view.js';
import { type Entry, statusOf } from './entry.js';

/** @throws AgentError `CREDENTIAL_REFUSED`, `AGENT_QUARANTINED`. */
export const whoHas = (token: string, view: AgentView, clock: Pick<Clock, 'now'>): Authenticated => {
  const digest = tokenDigest(token);
  const entry = digest === undefined ? undefined : view.byDigest(digest);
  const held = entry?.record.credentials.find((one) => one.digest === digest);
  if (entry === undefined || held === undefined || hasExpired(held.credential, clock)) throw refused();
  if (entry.record.quarantine !== undefined) throw quarantined();
  return Object.freeze({ agent: entry.record.agent, credential: held.credential });
};

/** As it is kept now: a rotation may have brought its end nearer. */
const keptOf = ({ id }: Credential, { record }: Entry): Credential | undefined => {
  for (const { credential } of record.credentials) if (credential.id === id) return credential;
  return undefined;
};

const isKept = (credential: Credential, entry: Entry, clock: Pick<Clock, 'now'>): boolean => {
  // Of what somebody else issued, nothing is kept, and its end is all that is known.
  const kept = credential.kind === 'jwt' ? credential : keptOf(credential, entry);
  return kept !== undefined && !hasExpired(kept, clock);
};

const isSameRegistration = (one: string, other: string): boolean =>
  one === other || registrationOf(one) === registrationOf(other);

export const isInForce = (
  { agent, credential }: Authenticated,
  view: AgentView,
  clock: Pick<Clock, 'now'>,
): boolean => {
  const entry = view.entry({ tenant: agent.tenant, agent: agent.id });
  return (
    entry !== undefined &&
    entry.record.quarantine === undefined &&
    isSameRegistration(entry.record.agent.revision, agent.revision) &&
    isKept(credential, entry, clock)
  );
};

export const credentialsOf = (entry: Entry | undefined, clock: Pick<Clock, 'now'>): readonly Credential[] =>
  (entry?.record.credentials ?? [])
    .map(({ credential }) => credential)
    .filter((credential) => !hasExpired(credential, clock));

export const stateOf = (entry: Entry, clock: Clock): AgentState => {
  const { heardAt, leaseEndsAt, record } = entry;
  return Object.freeze({
    status: statusOf(entry),
    ...(leaseEndsAt === undefined ? {} : { leaseUntil: Math.round(clock.now() + leaseEndsAt - clock.monotonic()) }),
    ...(heardAt === undefined ? {} : { heardAt }),
    ...(record.quarantine === undefined ? {} : { quarantine: record.quarantine }),
  });
};
