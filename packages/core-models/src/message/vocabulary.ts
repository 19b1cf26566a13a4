/** The eleven message types. */
export const messageTypes = [
  'command',
  'query',
  'response',
  'event',
  'notification',
  'heartbeat',
  'governance_request',
  'governance_response',
  'constitutional_validation',
  'task_request',
  'task_response',
] as const;
export type MessageType = (typeof messageTypes)[number];

/** From least to most urgent; the position is the rank that policies and queues compare. */
export const priorities = ['low', 'normal', 'high', 'critical'] as const;
export type Priority = (typeof priorities)[number];

const ranks: Readonly<Record<Priority, number>> = { low: 0, normal: 1, high: 2, critical: 3 };
export const priorityRank = (priority: Priority): number => ranks[priority];

/** Where a message stands as a whole. With several recipients the least finished of them decides. */
export const messageStatuses = [
  'pending',
  'processing',
  'delivered',
  'failed',
  'expired',
  'pending_deliberation',
] as const;
export type MessageStatus = (typeof messageStatuses)[number];
