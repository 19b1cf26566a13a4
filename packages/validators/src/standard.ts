import { attestationValidator } from './attestation.js';
import { type ClockSkewOptions, createClockSkewValidator } from './clock-skew.js';
import { expiryValidator } from './expiry.js';
import { createPromptInjectionScreen, type PromptInjectionOptions } from './injection/prompt-injection-screen.js';
import { personalDataScreen } from './personal/personal-data-screen.js';
import { secretsScreen } from './secrets/secrets-screen.js';
import { createReplayValidator, type ReplayOptions } from './signature/replay-validator.js';
import { createSignatureValidator } from './signature/signature-validator.js';
import { tenantValidator } from './tenant.js';
import type { Validator } from './validator.js';

export interface StandardOptions extends ReplayOptions, ClockSkewOptions, PromptInjectionOptions {}

/**
 * What decides by the envelope alone, the cheapest first: tenant, attestation, expiry, clock skew, signature, replay. Each may
 * reject, none notes.
 */
export const structuralValidators = (options: ReplayOptions & ClockSkewOptions): readonly Validator[] => [
  tenantValidator,
  attestationValidator,
  expiryValidator,
  createClockSkewValidator(options),
  createSignatureValidator(),
  createReplayValidator(options),
];

/** The structural ones, then those that read the content and only note: secrets, personal data, prompt injection. */
export const defaultValidators = (options: StandardOptions): readonly Validator[] => [
  ...structuralValidators(options),
  secretsScreen,
  personalDataScreen,
  createPromptInjectionScreen(options),
];
