import type { ContextView } from './policy-engine.js';

const fields: Readonly<Record<keyof ContextView, true>> = {
  messageType: true,
  priority: true,
  priorityRank: true,
  contentBytes: true,
  isReply: true,
  toEveryone: true,
  toTopic: true,
  toCapability: true,
  now: true,
  answersOwn: true,
  answeredType: true,
  answeredRole: true,
};

/** What the context holds at every action, besides facts. */
export const contextFields = Object.freeze(Object.keys(fields)) as readonly (keyof ContextView)[];

/** What is told of the message that is answered; the bus looks it up only where policies may read it. */
export const answeredFields = ['answersOwn', 'answeredType', 'answeredRole'] as const;
