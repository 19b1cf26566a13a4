import {
  attestationValidator,
  createReplayValidator,
  createSignatureValidator,
  expiryValidator,
  type ReplayOptions,
  tenantValidator,
  type Validator,
} from '@charterbus/validators';

/**
 * What every message is held to at the door. The moment of a message is the bus' own, so that nobody has to look at its clock
 * but that of its signature.
 */
export const doorValidators = (options: ReplayOptions): readonly Validator[] => [
  tenantValidator,
  attestationValidator,
  expiryValidator,
  createSignatureValidator(),
  createReplayValidator(options),
];
