import { z } from 'zod';

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const partSchema = z.union([
  z.string(),
  z.object({ type: z.string().optional(), text: z.string().optional(), refusal: z.string().optional() }),
]);

/** Text, nothing, or a list of parts, of which those with text count. */
const contentSchema = z.union([z.string(), z.null(), z.array(partSchema)], 'must be text, null or a list of parts');
export type RecordedContent = z.output<typeof contentSchema> | undefined;

/** A JSON text, as the interface of OpenAI has it, or the object itself, as some recorders write it. */
const argumentsSchema = z.union(
  [z.string(), z.custom<Readonly<Record<string, unknown>>>(isRecord)],
  'must be text or an object',
);
export type RecordedArguments = z.output<typeof argumentsSchema>;

const functionSchema = z.object({ name: z.string(), arguments: argumentsSchema });

const toolCallSchema = z.union(
  [
    z.object({ id: z.string(), function: functionSchema }),
    z
      .object({ id: z.string(), custom: z.object({ name: z.string(), input: z.string() }) })
      .transform(({ id, custom }) => ({ id, function: { name: custom.name, arguments: custom.input } })),
  ],
  'must have an id and a function with a name and arguments',
);

const userSchema = z.object({ role: z.literal('user'), content: contentSchema.optional() });
const assistantSchema = z.object({
  role: z.literal('assistant'),
  content: contentSchema.optional(),
  refusal: z.string().nullish(),
  tool_calls: z.array(toolCallSchema).nullish(),
  function_call: functionSchema.nullish(),
});
const toolSchema = z.object({
  role: z.literal('tool'),
  tool_call_id: z.string(),
  content: contentSchema.optional(),
});
const functionResultSchema = z.object({
  role: z.literal('function'),
  name: z.string(),
  content: contentSchema.optional(),
});
/** Instructions to the model: no message between the parties. */
const instructionSchema = z.object({ role: z.enum(['system', 'developer']) });

const recordedMessageSchema = z.discriminatedUnion('role', [
  userSchema,
  assistantSchema,
  toolSchema,
  functionResultSchema,
  instructionSchema,
]);
type RecordedMessage = z.output<typeof recordedMessageSchema>;
export type RecordedAssistant = z.output<typeof assistantSchema>;

const labelSchema = z.union([z.string(), z.number()], 'must be a number or text');

/** One conversation in the chat format of OpenAI, as far as a replay looks at it. Everything else is ignored. */
export const conversationSchema = z.object({
  task_id: labelSchema.nullish(),
  trial: labelSchema.nullish(),
  messages: z.array(recordedMessageSchema),
});

export interface Conversation {
  /** The line of the trace, from 1. */
  readonly line: number;
  /** As recorded, else the line. */
  readonly taskId: string | number;
  readonly trial: string | number;
  readonly messages: readonly RecordedMessage[];
}
