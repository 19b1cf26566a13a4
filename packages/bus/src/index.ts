export type { BackgroundErrorListener } from '@charterbus/recovery';
export { type Backend, type BackendEnvironment, memoryBackend, type OpenBackend } from './backend.js';
export type {
  Admission,
  Appended,
  Broker,
  BrokerCapabilities,
  BrokerCounts,
  BrokerReader,
  ClaimRequest,
  Consumer,
  Consumption,
  EntryChange,
  EntryDraft,
  HoldDecision,
  Interceptor,
  Lease,
  LeaseProof,
  Outcome,
} from './broker/broker.js';
export { type DeliveryOptions, defaultDeliveryOptions } from './broker/delivery-options.js';
export { deliveryId, type Entry, type EntryState, type HistoryEvent } from './broker/entry.js';
export type { DedupeMark, Leaf, MessageFilter, MessageRecord } from './broker/journal.js';
export { capabilityMailbox, capabilityOf, groupMailbox, groupOf } from './broker/mailbox-name.js';
export type { MemoryJournalOptions } from './broker/memory-journal.js';
export { type Pauses, pausesNothing, type TopicSet, withholds, withholdsMailbox } from './broker/pauses.js';
export { Bus, type ConnectOptions, type DrainReport, type RegisteredHandle } from './bus.js';
export type { BusOptions } from './bus-options.js';
export { createBus } from './create-bus.js';
export {
  AgentHandle,
  type BatchResult,
  type ClaimOptions,
  type DeliveryProof,
  type SendOptions,
} from './handles/agent-handle.js';
export type { StreamOptions } from './handles/delivery-stream.js';
export type { Subscription } from './handles/subscription.js';
export { IdentityOperations } from './identity/identity-operations.js';
export {
  type ActivationDecision,
  ConstitutionOperations,
  type StageOptions,
} from './life/constitution-operations.js';
export type { ConstitutionOrigin, OfferedConstitution } from './life/constitution-origin.js';
export type { ConstitutionRecords, ConstitutionVersion, KeptConstitution } from './life/constitution-records.js';
export { checkScreens } from './life/screens-at-hand.js';
export type { VariantCount } from './life/variant-counts.js';
export {
  type DecisionResult,
  type MessageSummary,
  Operations,
  type Page,
  type PageRequest,
  type RedriveRequest,
  type RedriveResult,
} from './operations.js';
export type { RequestOptions } from './requests/request.js';
export { type Halt, type HaltTarget, KillSwitch } from './stops/kill-switch.js';
export { spanContextOf } from './telemetry/propagation.js';
export type { AgentSubscription, ListedSubscription, SubscribeOptions } from './topics/read-subscription.js';
export { SubjectTrie } from './topics/subject-trie.js';
export type {
  GroupState,
  Pause,
  PauseTarget,
  SubscriptionFilter,
  SubscriptionPage,
} from './topics/topic-operations.js';
export {
  type StopKind,
  type StopRecord,
  type SubscriptionRecord,
  stopKey,
  subscriptionKey,
  type TopicChange,
  type TopicRecords,
} from './topics/topic-records.js';
export type { DeadLetter, DeadLetterSelection } from './trace/dead-letter.js';
export type { DeliveryTrace, MessageTrace, RecipientName } from './trace/message-trace.js';
export { ActiveDelivery } from './way/active-delivery.js';
export {
  builtInScreens,
  ContentScreens,
  type ContentScreensOptions,
  type ScreenedMessage,
} from './way/content-screens.js';
export type { HandleOptions, Handler } from './way/dispatch.js';
export { type Scope, scopes } from './way/speaker.js';
