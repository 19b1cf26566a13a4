export { type ActivatedBundle, ActivationRecord, type RollbackBy } from './bundle/activation-record.js';
export { type BundleStated, buildBundle, signBundle, signedFiles, statedFiles } from './bundle/build-bundle.js';
export { type BundleEvent, BundleFeed, type BundleFeedOptions, type BundleOrigin } from './bundle/bundle-feed.js';
export type { BundleRecord } from './bundle/bundle-record.js';
export { checkStatus, revokedBy } from './bundle/bundle-status.js';
export { readConstitutionManifest } from './bundle/constitution-manifest.js';
export { bundleLimits } from './bundle/container/bundle-limits.js';
export { readContainer } from './bundle/container/read-container.js';
export { bundleOfFiles, type ReadBundleOptions, readBundle } from './bundle/read-bundle.js';
export { type SignatureAlgorithm, signatureAlgorithms } from './bundle/signature/algorithms.js';
export { BundleTrust, type BundleTrustOptions } from './bundle/signature/bundle-trust.js';
export { readPublicKeys } from './bundle/signature/key-set.js';
export { usualAlgorithm } from './bundle/signature/keys.js';
export type { SigningKey } from './bundle/signature/sign-files.js';
export type { BundleSource } from './bundle/sources/bundle-source.js';
export { type DirectorySourceOptions, directorySource } from './bundle/sources/directory-source.js';
export { type FileSourceOptions, fileSource, readBundleFile } from './bundle/sources/file-source.js';
export type { HttpSourceOptions } from './bundle/sources/http-options.js';
export { httpSource } from './bundle/sources/http-source.js';
export { type BundleShelf, KeptBundles, type KeptBundlesOptions, type KeptKind } from './bundle/sources/kept-bundle.js';
export type { WatchOptions } from './bundle/sources/watched-source.js';
export { type BundleStatus, bundleStatuses, type VerifiedBundle } from './bundle/verified-bundle.js';
export { writeAtomically } from './bundle/write-atomically.js';
export { type CedarEngineOptions, cedarEngine } from './cedar/cedar-engine.js';
export { generateSchema } from './cedar/generate-schema.js';
export type { CedarInstance } from './cedar/instance.js';
export { compositeEngine } from './composite/composite-engine.js';
export { Constitution } from './constitution.js';
export type { ConstitutionInWorld, ConstitutionParts, JudgementFault } from './constitution-parts.js';
export { constitutionSchema } from './constitution-schema.js';
export { defaultConstitutionDirectory, starterConstitutionDirectory } from './default-constitution.js';
export { chooseEngine, type EngineOutside } from './engine/choose-engine.js';
export type { EngineCall, EngineCallListener, EngineCalls } from './engine/engine-calls.js';
export type {
  ActionReads,
  Actions,
  AgentView,
  ContextView,
  EngineAnswer,
  EngineCapabilities,
  EngineLoad,
  EngineRequest,
  EngineSnapshot,
  PolicyEngine,
  PolicyRecord,
} from './engine/policy-engine.js';
export type { AllowedMessage, ConstitutionFacts, GatherOptions, StatedWorld } from './facts/constitution-facts.js';
export type { ConversationReader, Observation, Remembered } from './facts/conversation.js';
export type {
  ActionDeclaration,
  FactDeclaration,
  FactScalar,
  FactScalarType,
  FactType,
  FactValue,
} from './facts/fact-value.js';
export type { FactSubject, GatheredFacts, ScreenReader, WantingFacts } from './facts/gathered-facts.js';
export { noFacts } from './facts/no-facts.js';
export type { ProviderFunction } from './facts/providers/provider-function.js';
export { combineEffects } from './judgement/combine-effects.js';
export type { AnsweredMessage, Approval, JudgementRequest } from './judgement/judgement-request.js';
export type { RecipientClasses } from './judgement/recipient-classes.js';
export { type Activation, type ActivationKind, activationKinds, type Decided } from './life/activation.js';
export { ConstitutionLease } from './life/constitution-lease.js';
export { ConstitutionLife, type LifeOptions } from './life/constitution-life.js';
export type { ShadowCase, ShadowedMessage, ShadowReport } from './life/shadow.js';
export type { StagedConstitution, StageRequest } from './life/staged-constitutions.js';
export {
  type Difference,
  type DifferentCase,
  differs,
  isNewlyAllowed,
  type Outcome,
  outcomeOf,
  VerdictDifferences,
} from './life/verdict-differences.js';
export { type LoadOptions, loadConstitution } from './load-constitution.js';
export { applyObligations } from './obligations/apply-obligations.js';
export { mergeObligations } from './obligations/merge-obligations.js';
export { obligationLimits } from './obligations/obligation-schema.js';
export { opaEngine } from './opa/opa-engine.js';
export type { OpaEngineOptions } from './opa/opa-settings.js';
export { type OpaWasmEngineOptions, opaWasmEngine } from './opa-wasm/opa-wasm-engine.js';
export { stampPolicy } from './opa-wasm/stamp.js';
export { type PolicyCoverage, policyCoverage } from './policy-tests/policy-coverage.js';
export type { PolicyTest } from './policy-tests/policy-test.js';
export { type LocatedPolicyTest, type ReadPolicyTests, readPolicyTests } from './policy-tests/read-policy-tests.js';
export { type PolicyTestOutcome, runPolicyTests } from './policy-tests/run-policy-tests.js';
export { StatedConversation } from './policy-tests/stated-conversation.js';
export { type PolicyTestReport, testConstitution } from './policy-tests/test-constitution.js';
export { testProblem } from './policy-tests/test-problem.js';
export type { PowersManifest } from './powers/powers.js';
export { powersEngine } from './powers/powers-engine.js';
export { constitutionLimits } from './source/file-rules.js';
export type { ConstitutionProblem } from './source/problem.js';
export { readConstitutionDirectory } from './source/read-constitution-directory.js';
export { dataLimits, readDataDirectory } from './source/read-data-directory.js';
export type { ConstitutionSources, SourceText } from './source/read-sources.js';
export {
  isStarter,
  type Starter,
  type StarterLanguage,
  starterDirectory,
  starterLanguages,
  starters,
} from './starters.js';
export { staticEngine } from './static/static-engine.js';
