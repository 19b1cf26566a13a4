import { type Agent, AgentError, type AgentReference, sameRegistration } from '@charterbus/core-models';
import type { Authenticated } from '@charterbus/registry';
import type { BusContext } from '../context.js';
import { haltedError } from './halted.js';

/** What a credential may be limited to. */
export const scopes = ['send', 'receive', 'subscribe', 'read'] as const;
export type Scope = (typeof scopes)[number];

/** A registered agent that is speaking through a handle or an authenticated connection. */
export interface Speaker {
  /** As it was when it began to speak; see `speaking` for what it is now. */
  readonly agent: Agent;
  readonly reference: AgentReference;
  /** Whether the short hash in force is stated for it: handles in process work under the constitution they run with. */
  readonly attests: boolean;
  /** By what it was let in. Absent where the handle itself is held: got by registering the agent in this process. */
  readonly authenticated?: Authenticated;
}

export const speakerOf = (agent: Agent, attests: boolean, authenticated?: Authenticated): Speaker => {
  const reference = { tenant: agent.tenant, agent: agent.id };
  return authenticated === undefined ? { agent, reference, attests } : { agent, reference, attests, authenticated };
};

const quarantined = (): AgentError => new AgentError('AGENT_QUARANTINED', 'The agent is quarantined.');

/** @param active whether messages may be given to it, which whoever is quarantined is not. */
const checkCredential = ({ authenticated, reference }: Speaker, active: boolean, { registry }: BusContext): void => {
  if (authenticated === undefined ? active : registry.isInForce(authenticated)) return;
  if (registry.state(reference)?.status === 'quarantined') throw quarantined();
  if (authenticated !== undefined) throw new AgentError('CREDENTIAL_REFUSED', 'The credential is no longer in force.');
};

/**
 * The agent as it is now, if it may still speak.
 *
 * @throws AgentError `CREDENTIAL_REFUSED` where it was unregistered, also where another one has its id by now, or its
 * credential has ended; `AGENT_QUARANTINED`; `SCOPE_REQUIRED`. StoreError `REGISTRY_STALE` where nobody knows.
 */
export const speaking = (speaker: Speaker, scope: Scope, context: BusContext): Agent => {
  const agent = checkSpeaking(speaker, context);
  checkScope(speaker, scope);
  return agent;
};

const checkScope = ({ authenticated }: Speaker, scope: Scope): void => {
  const covered = authenticated?.credential.scopes;
  if (covered === undefined || covered.includes(scope)) return;
  throw new AgentError('SCOPE_REQUIRED', `The credential does not cover this: it takes the scope ${scope}.`);
};

/** As `speaking`, of what every credential covers. */
export const checkSpeaking = (speaker: Speaker, context: BusContext): Agent => {
  context.registry.checkCurrent();
  return lastKnown(speaker, context);
};

/** @throws AgentError as `speaking`. */
const lastKnown = (speaker: Speaker, context: BusContext): Agent => {
  const { registry } = context;
  const active = registry.route(speaker.reference);
  const agent = active ?? registry.find(speaker.reference);
  if (agent === undefined || !sameRegistration(agent.revision, speaker.agent.revision)) {
    throw new AgentError('CREDENTIAL_REFUSED', 'The agent is no longer registered.');
  }
  checkCredential(speaker, active !== undefined, context);
  return agent;
};

/** As `speaking`, of whoever changes something beyond sending: it must not be stopped. @throws OperationError `HALT_IN_FORCE`. */
export const acting = (speaker: Speaker, scope: Scope, context: BusContext): Agent => {
  const agent = speaking(speaker, scope, context);
  if (context.stops.halts.stops(speaker.reference)) throw haltedError();
  return agent;
};

/**
 * As `acting`, of whoever says what became of what it holds. That says nothing to anybody, so that nobody has to know of
 * the newest changes. What is taken from whoever is stopped is taken at the same time; until then what it says counts for nothing.
 */
export const settling = (speaker: Speaker, context: BusContext): void => {
  lastKnown(speaker, context);
  checkScope(speaker, 'receive');
  if (context.stops.halts.stops(speaker.reference)) throw haltedError();
};

/** As `acting`, of whoever is to be given messages: it must have been heard of. @throws AgentError `AGENT_LEASE_EXPIRED`. */
export const receiving = (speaker: Speaker, context: BusContext): Agent => {
  const agent = acting(speaker, 'receive', context);
  if (context.registry.route(speaker.reference) === undefined) {
    throw new AgentError('AGENT_LEASE_EXPIRED', 'The agent has not been heard of in time: send a heartbeat first.');
  }
  return agent;
};
