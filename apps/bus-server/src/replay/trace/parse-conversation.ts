import type { z } from 'zod';
import { type Conversation, conversationSchema } from './conversation-schema.js';
import type { TraceLine } from './read-lines.js';

/** A line that is not replayed. */
export interface MalformedLine {
  readonly line: number;
  readonly reason: string;
}

export type ParsedLine = { readonly conversation: Conversation } | { readonly malformed: MalformedLine };

const reasonOf = (error: z.ZodError): string => {
  const [issue] = error.issues;
  if (issue === undefined) return 'The line is not a conversation.';
  const path = issue.path.join('.');
  return path === '' ? `The line is not a conversation: ${issue.message}.` : `${path}: ${issue.message}.`;
};

const parseJson = (text: string): { readonly value: unknown } | { readonly problem: string } => {
  try {
    return { value: JSON.parse(text) };
  } catch (error) {
    // Without the parser's words, which repeat parts of the line.
    if (error instanceof SyntaxError || error instanceof RangeError) return { problem: 'The line is not JSON.' };
    throw error;
  }
};

/** Reads one line; whatever it holds, the answer is a conversation or a reason. */
export const parseConversation = (line: TraceLine): ParsedLine => {
  const malformed = (reason: string): ParsedLine => ({ malformed: { line: line.number, reason } });
  if ('problem' in line) return malformed(line.problem);
  const json = parseJson(line.text);
  if ('problem' in json) return malformed(json.problem);
  const parsed = conversationSchema.safeParse(json.value);
  if (!parsed.success) return malformed(reasonOf(parsed.error));
  const { task_id, trial, messages } = parsed.data;
  return {
    conversation: { line: line.number, taskId: task_id ?? line.number, trial: trial ?? line.number, messages },
  };
};
