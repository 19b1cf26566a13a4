export { type CedarEngineOptions, cedarEngine } from './cedar/cedar-engine.js';
export { generateSchema } from './cedar/generate-schema.js';
export type { CedarInstance } from './cedar/instance.js';
export { Constitution, type ConstitutionInWorld, type ConstitutionParts, type JudgementFault } from './constitution.js';
export { constitutionSchema } from './constitution-schema.js';
export { defaultConstitutionDirectory } from './default-constitution.js';
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
export type { FactSubject, GatheredFacts, WantingFacts } from './facts/gathered-facts.js';
export { noFacts } from './facts/no-facts.js';
export type { ProviderFunction } from './facts/providers/provider-function.js';
export { combineEffects } from './judgement/combine-effects.js';
export type { Approval, JudgementRequest } from './judgement/judgement-request.js';
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
export { type PolicyCoverage, policyCoverage } from './policy-tests/policy-coverage.js';
export type { PolicyTest } from './policy-tests/policy-test.js';
export { type LocatedPolicyTest, type ReadPolicyTests, readPolicyTests } from './policy-tests/read-policy-tests.js';
export { type PolicyTestOutcome, runPolicyTests } from './policy-tests/run-policy-tests.js';
export { StatedConversation } from './policy-tests/stated-conversation.js';
export { type PolicyTestReport, testConstitution } from './policy-tests/test-constitution.js';
export { testProblem } from './policy-tests/test-problem.js';
export { constitutionLimits } from './source/file-rules.js';
export type { ConstitutionProblem } from './source/problem.js';
export { readConstitutionDirectory } from './source/read-constitution-directory.js';
export { dataLimits, readDataDirectory } from './source/read-data-directory.js';
export type { ConstitutionSources, SourceText } from './source/read-sources.js';
