import type { Effect } from '@charterbus/core-models';
import type { JudgementRequest } from '../../src/index.js';

const queries = ['query', 'response', 'event', 'notification', 'heartbeat'];
const tasks = ['task_request', 'task_response'];

const sendEffect = (type: string, role: string | undefined): Effect => {
  if (queries.includes(type)) return 'allow';
  if (tasks.includes(type))
    return role === undefined || role === 'executive' || role === 'legislative' ? 'allow' : 'deny';
  if (type === 'constitutional_validation') return role === 'judicial' ? 'allow' : 'deny';
  if (role !== 'executive') return 'deny';
  return type === 'governance_request' ? 'escalate' : 'allow';
};

/** What the default constitution means, in plain words and without an engine. */
export const oracle = ({ point, sender, recipient, tenant, message }: JudgementRequest): Effect => {
  if (sender.tenant !== tenant) return 'deny';
  const judges =
    message.type === 'constitutional_validation' && sender.role === 'judicial' && recipient?.role === 'judicial';
  if (judges) return 'deny';
  return point === 'receive' ? 'allow' : sendEffect(message.type, sender.role);
};
