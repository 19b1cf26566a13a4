export {
  type Agent,
  type AgentDraft,
  agentDraftSchema,
  agentSchema,
  publicKeySchema,
  registrationOf,
  sameRegistration,
} from './agent.js';
export type { BundleConfiguration, BundleTrustConfiguration } from './bundle-configuration.js';
export { readServerConfiguration, type ServerConfiguration } from './configuration.js';
export { type ConstitutionFile, constitutionalHash, shortHash } from './constitution/constitutional-hash.js';
export {
  type EngineManifest,
  engineManifestSchema,
  type SingleEngineManifest,
} from './constitution/engine-manifest.js';
export { type FactsManifest, screenNameOf } from './constitution/facts-manifest.js';
export { type ConstitutionManifest, manifestFormat, manifestSchema } from './constitution/manifest.js';
export {
  type Quota,
  type QuotaMeasure,
  type QuotaPeriod,
  type QuotaSubject,
  type QuotasManifest,
  quotaMeasures,
  quotaPeriods,
  quotaSubjects,
  quotasManifestSchema,
} from './constitution/quotas-manifest.js';
export {
  type SignatureRule,
  type SignaturesManifest,
  type SignedMessage,
  signatureRule,
} from './constitution/signatures-manifest.js';
export { type Digest, sha256 } from './digest.js';
export {
  type CatalogueEntry,
  type CodeOf,
  type ErrorCategory,
  type ErrorCode,
  errorCatalogue,
  type Remedy,
} from './errors/catalogue.js';
export {
  AgentError,
  ConfigurationError,
  ConstitutionalError,
  DeliberationError,
  MessageError,
  OperationError,
  PolicyError,
  StoreError,
} from './errors/categories.js';
export { CharterbusError, type ErrorJson, type ErrorOptionsWithDetails } from './errors/charterbus-error.js';
export { errorOfCode } from './errors/error-of-code.js';
export { type Problem, toCharterbusError, toProblem } from './errors/problem.js';
export { unreadable } from './errors/unreadable.js';
export type { Delivery } from './governance/delivery.js';
export { type BoundRecipient, bindsMessage, EnvelopeBinding } from './governance/envelope-binding.js';
export type { DeliveryObligation, FieldObligation, Obligation } from './governance/obligation.js';
export { type Durability, durabilities, type Receipt, type RecipientCounts } from './governance/receipt.js';
export type { ScreenReading } from './governance/screen-reading.js';
export {
  type Binding,
  type Cause,
  type Effect,
  type Escalation,
  effects,
  type FactRecord,
  type FactsRecord,
  type JudgementPoint,
  type PolicySource,
  type Verdict,
} from './governance/verdict.js';
export { type AgentReference, agentKey, identifierPattern, identifierSchema, labelSchema } from './identifiers.js';
export { type IdSource, uuidV7Source } from './ids/id-source.js';
export { type RandomSource, seededRandom, systemRandom } from './ids/random.js';
export { canonicalJson } from './json/canonical-json.js';
export {
  freezeJson,
  type JsonLimits,
  type JsonScalar,
  type JsonValue,
  type MeasuredJson,
  measureJson,
  mostOfLeast,
} from './json/json-value.js';
export type { JwtConfiguration } from './jwt-configuration.js';
export { defaultMessageLimits, type MessageLimits } from './limits.js';
export { decodeEnvelope, type Envelope, encodeEnvelope } from './message/envelope.js';
export type { Address, Message, RetryOverride } from './message/message.js';
export {
  addressSchema,
  agentAddressSchema,
  capabilityAddressSchema,
  everyoneAddressSchema,
  instantSchema,
  type MessageDraft,
  messageDraftSchema,
  type ParsedMessageDraft,
  referenceSchema,
  topicAddressSchema,
} from './message/message-draft.js';
export { type MessageUsage, measuredUsage, statedUsage } from './message/message-usage.js';
export { type SigningOptions, signingInput, signMessage } from './message/sign-message.js';
export { type SignedStatement, signedDigest } from './message/signed-digest.js';
export { type StatedDraft, statementOf } from './message/statement.js';
export { coversTopic, isTopic, isTopicPattern, topicPatternSchema, topicSchema } from './message/subject.js';
export { formatTraceparent, parseTraceparent, type TraceContext } from './message/trace-context.js';
export {
  type MessageStatus,
  type MessageType,
  messageStatuses,
  messageTypes,
  type Priority,
  priorities,
  priorityRank,
} from './message/vocabulary.js';
export { type Clock, systemClock } from './time/clock.js';
export { ManualClock } from './time/manual-clock.js';
export { rfc3339 } from './time/rfc3339.js';
export { systemTimers, type Timers } from './time/timers.js';
export type { UsageConfiguration } from './usage-configuration.js';
