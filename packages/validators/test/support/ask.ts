import type { JsonValue, Message } from '@charterbus/core-models';
import type { Finding, Note, ValidationContext, Validator } from '../../src/index.js';
import { context, message } from './sample.js';

const idle = new AbortController().signal;

/** What a validator that answers at once finds in a message. */
export const find = (
  validator: Validator,
  change: Partial<Message>,
  told: Partial<ValidationContext> = {},
): readonly Finding[] =>
  validator.validate({ ...message, ...change }, { ...context, ...told }, idle) as readonly Finding[];

export const notesOn = (validator: Validator, content: JsonValue): readonly Note[] =>
  find(validator, { content }) as readonly Note[];

/** The highest score of what a screen notes. */
export const scoreOf = (validator: Validator, content: JsonValue): number =>
  Math.max(0, ...notesOn(validator, content).map(({ score }) => score));

export const codesOf = (findings: readonly Finding[]): readonly string[] =>
  findings.map((finding) => (finding.kind === 'rejection' ? finding.code : finding.category));
