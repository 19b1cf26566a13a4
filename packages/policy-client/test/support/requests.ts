import { type Agent, encodeEnvelope, type Message } from '@charterbus/core-models';
import type { JudgementRequest } from '../../src/index.js';

export const never: AbortSignal = new AbortController().signal;

export const agent = (tenant: string, id: string, role?: string): Agent => ({
  tenant,
  id,
  capabilities: [],
  registeredAt: '2026-01-01T00:00:00.000Z',
  revision: `${id}-1`,
  ...(role === undefined ? {} : { role }),
});

interface Parts {
  readonly point?: 'send' | 'receive';
  readonly sender?: Agent;
  readonly recipient?: Agent;
  readonly type?: Message['type'];
  readonly content?: Message['content'];
}

/** A consistent request; by default a query of acme's planner to acme's worker at `send`. */
export const request = (parts: Parts = {}, more: Partial<JudgementRequest> = {}): JudgementRequest => {
  const {
    point = 'send',
    sender = agent('acme', 'planner'),
    recipient = agent('acme', 'worker'),
    type = 'query',
    content = {},
  } = parts;
  const message: Message = {
    id: '01900000-0000-7000-8000-000000000000',
    tenant: sender.tenant,
    from: sender.id,
    to: { tenant: recipient.tenant, agent: recipient.id },
    type,
    priority: 'normal',
    createdAt: '2026-01-01T00:00:00.000Z',
    content,
  };
  const { digest: messageDigest } = encodeEnvelope(message);
  const contentBytes = Buffer.byteLength(JSON.stringify(content));
  const facts = { action: point, now: Date.UTC(2026, 0, 1), values: {} };
  return { point, sender, recipient, tenant: recipient.tenant, message, messageDigest, contentBytes, facts, ...more };
};
