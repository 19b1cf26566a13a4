export type { BrokerCapabilities, BrokerEnvironment, BrokerFactory, BrokerUnderTest } from './bench.js';
export { brokerConformance } from './broker-conformance.js';
export type { ConformanceRunner } from './conformance-runner.js';
export { type MessageCost, meteringOfMessages, telemetryOfMessages } from './message-costs.js';
export { type SampleOptions, sampleAdmission } from './sample-admission.js';
export {
  type TopicRecordsCapabilities,
  type TopicRecordsUnderTest,
  topicRecordsConformance,
} from './topic-records-conformance.js';
