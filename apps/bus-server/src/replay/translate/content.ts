import { defaultMessageLimits, freezeJson, type JsonValue, MessageError } from '@charterbus/core-models';
import type { RecordedArguments, RecordedContent } from '../trace/conversation-schema.js';

/** The text of a message: that of its parts, one a line; parts without text (images, sound) are left out. */
export const textOf = (content: RecordedContent): string => {
  if (content === null || content === undefined) return '';
  if (typeof content === 'string') return content;
  const texts = content.map((part) => (typeof part === 'string' ? part : (part.text ?? part.refusal)));
  return texts.filter((text) => text !== undefined).join('\n');
};

/** What a message may carry inside its content, which adds a level around it. Sizes are left to the bus. */
const limits = { depth: defaultMessageLimits.depth - 1, bytes: Number.POSITIVE_INFINITY };

/** The value as a message can carry it, or why none can. */
const carried = (value: unknown): { readonly value: JsonValue } | { readonly problem: string } => {
  try {
    return { value: freezeJson(value, limits) };
  } catch (error) {
    if (MessageError.isInstance(error)) return { problem: error.message };
    throw error;
  }
};

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof RangeError) return undefined;
    throw error;
  }
};

export interface ReadArguments {
  readonly value: JsonValue;
  /** Why the text was kept instead of an object. */
  readonly problem?: string;
}

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * The arguments of a call: the object that their text holds, else the text itself.
 *
 * @throws UncarriableArguments for an object that no message can carry and that has no text to fall back on.
 */
export const readArguments = (recorded: RecordedArguments): ReadArguments => {
  if (typeof recorded !== 'string') {
    const own = carried(recorded);
    if ('value' in own) return own;
    throw new UncarriableArguments(own.problem);
  }
  const value = parsed(recorded);
  if (!isObject(value)) return { value: recorded, problem: 'The arguments are not a JSON object.' };
  const own = carried(value);
  return 'value' in own ? own : { value: recorded, problem: own.problem };
};

/** A recorded object that no message can carry. */
export class UncarriableArguments extends Error {
  override readonly name = 'UncarriableArguments';
}

/** The result of a tool: the object or list that its text holds, else the text itself. */
export const readResult = (content: RecordedContent): JsonValue => {
  const text = textOf(content);
  const value = parsed(text);
  if (typeof value !== 'object' || value === null) return text;
  const own = carried(value);
  return 'value' in own ? own.value : text;
};
