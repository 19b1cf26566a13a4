/** What is counted. Each governed operation is one of these. */
export const usageOperations = [
  /** The attestation of a message was compared with the constitutional hash in force. */
  'constitutional_validation',
  /** A message came to its admission, whatever was decided about it. */
  'agent_message',
  /** A verdict was recorded that the policies reached; where two points agree to hold, that is one. */
  'policy_evaluation',
  /** Facts (results of screens among them) were gathered for a judgement. */
  'compliance_check',
  /** A leaf was written to the audit log. */
  'audit_write',
  /** A message was held for one of its recipients. */
  'deliberation_request',
  /** Somebody decided about a held message. */
  'hitl_approval',
  /** A checkpoint of the audit log was anchored outside. */
  'checkpoint_anchor',
] as const;
export type UsageOperation = (typeof usageOperations)[number];

/** How much governance a message took: `enterprise` is what its tenant was promised, whatever the message took. */
export const usageTiers = ['standard', 'enhanced', 'deliberation', 'enterprise'] as const;
export type UsageTier = (typeof usageTiers)[number];

/** What came of it: of an admission its effect, of a delivery or hold how it ended. */
export const usageOutcomes = ['allow', 'escalate', 'deny', 'delivered', 'failed', 'decided', 'other'] as const;
export type UsageOutcome = (typeof usageOutcomes)[number];
