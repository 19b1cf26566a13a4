export { bundleSourceConformance, type SourceFactory, type SourceUnderTest } from './bundle-source-conformance.js';
export {
  type ConformanceRunner,
  type ConformanceTraits,
  policyEngineConformance,
  type SnapshotFactory,
} from './conformance.js';
export { MemorySource } from './memory-source.js';
export { type Chooser, chooserOf, randomRequest, randomRule } from './random-cases.js';
export { type Rule, ruleApplies } from './rule.js';
export { answerOf, ruleEngine, ruleSnapshot } from './rule-engine.js';
export { ruleToCedar } from './rule-to-cedar.js';
export { rulesToRego } from './rule-to-rego.js';
export { testActions } from './test-actions.js';
export {
  allowAllConstitution,
  rulesConstitution,
  snapshotConstitution,
  type TestConstitutionOptions,
} from './test-constitution.js';
