import type { Clock, IdSource, Timers } from '@charterbus/core-models';
import type { Constitution } from '@charterbus/policy-client';
import type { Registry } from '@charterbus/registry';
import type { Screen } from '@charterbus/validators';
import type { Background } from './background.js';
import type { Broker } from './broker/broker.js';
import type { Conversations } from './conversation/conversations.js';
import type { PendingRequests } from './requests/pending-requests.js';
import type { DedupeWindow } from './way/dedupe.js';

/** The collaborators of the steps that a message takes. The bus makes it once; no step changes it. */
export interface BusContext {
  readonly constitution: Constitution;
  readonly registry: Registry;
  readonly broker: Broker;
  readonly screen: Screen;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly ids: IdSource;
  readonly conversations: Conversations;
  readonly dedupe: DedupeWindow;
  readonly requests: PendingRequests;
  readonly background: Background;
  /** Aborts when the bus closes. */
  readonly closing: AbortSignal;
}
