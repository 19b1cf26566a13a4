import type { ContextView } from './policy-engine.js';

const fields: Readonly<Record<keyof ContextView, true>> = {
  messageType: true,
  priority: true,
  priorityRank: true,
  contentBytes: true,
  isReply: true,
  toEveryone: true,
  now: true,
};

/** What the context holds at every action, besides facts. */
export const contextFields = Object.freeze(Object.keys(fields)) as readonly (keyof ContextView)[];
