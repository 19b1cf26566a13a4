import type { Finding, Validator } from './validator.js';

const reject = (
  code: 'CONSTITUTIONAL_HASH_MISSING' | 'CONSTITUTIONAL_HASH_MISMATCH',
  text: string,
): readonly Finding[] => [{ kind: 'rejection', code, text }];

/**
 * Compares without telling by time how many digits agree: every unit is looked at, whatever the others were. The length of a
 * hash is no secret.
 */
const equalInConstantTime = (stated: string, inForce: string): boolean => {
  if (stated.length !== inForce.length) return false;
  let different = 0;
  for (let place = 0; place < inForce.length; place++) {
    different |= stated.charCodeAt(place) ^ inForce.charCodeAt(place);
  }
  return different === 0;
};

/**
 * The sender must state the short hash of the constitution in force, or for a while after an activation of the one
 * before; it may be silent only where the manifest says so.
 */
export const attestationValidator: Validator = Object.freeze({
  name: 'attestation',
  immediate: true,
  validate(message, { attestation }) {
    if (message.constitutionalHash === undefined) {
      return attestation.required
        ? reject('CONSTITUTIONAL_HASH_MISSING', 'State the short constitutional hash that you work under.')
        : [];
    }
    const stated = message.constitutionalHash;
    const current = equalInConstantTime(stated, attestation.shortHash);
    // Both are always looked at, so that time does not tell which one it was.
    const previous = equalInConstantTime(stated, attestation.previous ?? attestation.shortHash);
    return current || previous
      ? []
      : reject('CONSTITUTIONAL_HASH_MISMATCH', 'The stated constitutional hash is not the one in force.');
  },
} satisfies Validator);
