import { identifierPattern } from '@charterbus/core-models';
import type { Finding, Validator } from './validator.js';

const claimed: readonly Finding[] = Object.freeze([
  Object.freeze({ kind: 'rejection', code: 'IDENTITY_CLAIMED', text: 'The message is not stamped with its sender.' }),
]);
const astray: readonly Finding[] = Object.freeze([
  Object.freeze({ kind: 'rejection', code: 'MESSAGE_INVALID', text: 'The address names no tenant.' }),
]);

/**
 * Defence in depth: the bus stamps who sends, and this holds it to that. Whether a message may cross into another tenant is
 * the policies' to say.
 */
export const tenantValidator: Validator = Object.freeze({
  name: 'tenant',
  immediate: true,
  validate({ tenant, from, to }, { sender }) {
    if (tenant !== sender.tenant || from !== sender.id) return claimed;
    return to.tenant === tenant || identifierPattern.test(to.tenant) ? [] : astray;
  },
} satisfies Validator);
