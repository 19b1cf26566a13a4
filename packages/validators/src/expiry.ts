import type { Validator } from './validator.js';

/**
 * A message that has expired when it arrives is refused, and so is one whose expiry cannot be read; later expiry is the
 * broker's.
 */
export const expiryValidator: Validator = Object.freeze({
  name: 'expiry',
  immediate: true,
  validate(message, { now }) {
    return message.expiresAt !== undefined && !(Date.parse(message.expiresAt) > now)
      ? [{ kind: 'rejection', code: 'MESSAGE_EXPIRED', text: `The message expired at ${message.expiresAt}.` }]
      : [];
  },
} satisfies Validator);
