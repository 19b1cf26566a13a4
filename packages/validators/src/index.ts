export { attestationValidator } from './attestation.js';
export { expiryValidator } from './expiry.js';
export { createScreen, type Screen, type ScreenFinding, type ScreenOptions, type ScreenOutcome } from './screen.js';
export { checkContentBytes, type ShapedDraft, shapeDraft } from './shape.js';
export type { Finding, ValidationContext, Validator } from './validator.js';
