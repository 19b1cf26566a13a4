import { type Agent, type Message, MessageError } from '@charterbus/core-models';
import type { ValidationContext } from '../../src/index.js';

export const shortHash = 'cdd01ef066bc6cf2';
export const now = Date.UTC(2026, 0, 1);

const sender: Agent = Object.freeze({
  id: 'boss',
  tenant: 'acme',
  capabilities: [],
  registeredAt: new Date(now).toISOString(),
  revision: '1',
});

export const context: ValidationContext = { now, sender, attestation: { shortHash, required: true } };

export const message: Message = Object.freeze({
  id: '019b76da-a800-7000-8000-000000000000',
  tenant: 'acme',
  from: 'boss',
  to: Object.freeze({ tenant: 'acme', agent: 'worker' }),
  type: 'query',
  priority: 'normal',
  constitutionalHash: shortHash,
  createdAt: new Date(now).toISOString(),
  content: Object.freeze({ question: 'how much?' }),
});

export const draft = { to: { agent: 'worker' }, type: 'query', content: { question: 'how much?' } } as const;

/** The error that a call throws, which must be a `MessageError`. */
export const refusalOf = (call: () => unknown): MessageError => {
  try {
    call();
  } catch (error) {
    if (error instanceof MessageError) return error;
    throw new Error('something else than a MessageError was thrown', { cause: error });
  }
  throw new Error('nothing was refused');
};
