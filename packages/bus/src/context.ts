import type { Clock, IdSource, Timers } from '@charterbus/core-models';
import type { Constitution, ConstitutionLease, ConstitutionLife } from '@charterbus/policy-client';
import type { Background, CircuitBreakers } from '@charterbus/recovery';
import type { Registry } from '@charterbus/registry';
import type { Screen } from '@charterbus/validators';
import type { Broker } from './broker/broker.js';
import type { Conversations } from './conversation/conversations.js';
import type { Keeping } from './life/keeping.js';
import type { VariantCounts } from './life/variant-counts.js';
import type { Capabilities } from './membership/capabilities.js';
import type { Membership } from './membership/membership.js';
import type { SharedMailboxes } from './membership/shared-mailboxes.js';
import type { QuotaDesk } from './quotas/quota-desk.js';
import type { PendingRequests } from './requests/pending-requests.js';
import type { Stops } from './stops/stops.js';
import type { Telemetry } from './telemetry/telemetry.js';
import type { Topics } from './topics/topics.js';
import type { Metering } from './usage/start-metering.js';
import type { ContentScreens } from './way/content-screens.js';
import type { DedupeWindow } from './way/dedupe.js';
import type { Pace } from './way/pace.js';
import type { Recalls } from './way/recall.js';

/** The collaborators of the steps that a message takes. The bus makes it once; no step changes it. */
export interface BusContext {
  /** Which constitution is in force changes; whoever judges takes a lease, see `judging`. */
  readonly life: ConstitutionLife;
  readonly keeping: Keeping;
  readonly variantCounts: VariantCounts;
  readonly registry: Registry;
  readonly broker: Broker;
  readonly screen: Screen;
  readonly contentScreens: ContentScreens;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly ids: IdSource;
  readonly conversations: Conversations;
  readonly dedupe: DedupeWindow;
  readonly topics: Topics;
  readonly membership: Membership;
  readonly sharedMailboxes: SharedMailboxes;
  readonly capabilities: Capabilities;
  /** What operators have paused, and what the kill switch stops. */
  readonly stops: Stops;
  readonly quotas: QuotaDesk;
  readonly usage: Metering;
  readonly requests: PendingRequests;
  /** Ends the leases of those to whom nothing may be given any more. */
  readonly recalls: Recalls;
  readonly background: Background;
  /** What is left alone for now because it failed, by name: for health and metrics. */
  readonly breakers: CircuitBreakers;
  readonly telemetry: Telemetry;
  readonly pace: Pace;
  /** By lease; see `judging`. */
  readonly judgingBy: WeakMap<ConstitutionLease, JudgingContext>;
  /** Aborts when the bus closes. */
  readonly closing: AbortSignal;
}

/** The collaborators of one judgement, all of whose steps are under one constitution. */
export interface JudgingContext extends BusContext {
  readonly constitution: Constitution;
  /** What the commit goes through: it tells whether the constitution is still in force. */
  readonly lease: ConstitutionLease;
}

/** The context under the constitution of a lease, for as long as that is held. Made once for all messages of a term. */
export const judging = (context: BusContext, lease: ConstitutionLease): JudgingContext => {
  const known = context.judgingBy.get(lease);
  if (known !== undefined) return known;
  const made = { ...context, constitution: lease.constitution, lease };
  context.judgingBy.set(lease, made);
  context.telemetry.follow(lease.constitution);
  return made;
};
