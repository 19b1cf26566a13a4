import { contextFields } from '../engine/context-fields.js';
import type { ActionReads, ContextView } from '../engine/policy-engine.js';
import type { ActionDeclaration } from '../facts/fact-value.js';

/**
 * All that answers about one action may depend on, besides action, point, tenant and both agents. Keys are made of these
 * fields, and the engine is handed a request that holds no other.
 */
export interface KeyFields {
  readonly context: readonly (keyof ContextView)[];
  readonly facts: readonly string[];
  /** Whether the answers may depend on the time. */
  readonly now: boolean;
}

/** Of an engine that cannot say what it reads, everything counts as read. */
export const keyFields = (action: ActionDeclaration, reads: ActionReads | undefined): KeyFields => {
  const context = reads === undefined ? contextFields : contextFields.filter((field) => reads.context.has(field));
  const facts = [...(reads?.facts ?? action.facts.keys())].toSorted();
  return Object.freeze({ context, facts, now: context.includes('now') });
};
