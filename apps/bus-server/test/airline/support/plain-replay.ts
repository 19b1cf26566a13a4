import { z } from 'zod';
import {
  type AirlineWorld,
  isWritingTool,
  type Reservation,
  reservationSchema,
  type WritingTool,
} from './airline-world.js';
import { type PlainVerdict, plainVerdict } from './plain-rules.js';

/** The moment of the recordings. */
export const airlineNow = Date.parse('2024-05-15T15:00:00Z');

/** Tools whose results say what a reservation is like now. */
const tellingTools: ReadonlySet<string> = new Set([
  'book_reservation',
  'cancel_reservation',
  'get_reservation_details',
  'update_reservation_baggages',
  'update_reservation_flights',
  'update_reservation_passengers',
]);

const messageSchema = z.object({
  role: z.string(),
  content: z.string().nullish(),
  tool_call_id: z.string().optional(),
  tool_calls: z
    .array(z.object({ id: z.string(), function: z.object({ name: z.string(), arguments: z.string() }) }))
    .nullish(),
});
const conversationSchema = z.object({
  task_id: z.union([z.string(), z.number()]),
  trial: z.union([z.string(), z.number()]),
  messages: z.array(messageSchema),
});

type Recorded = z.output<typeof messageSchema>;

export interface PlainCall extends PlainVerdict {
  readonly task_id: string | number;
  readonly trial: string | number;
  /** The index of its message. */
  readonly message: number;
  readonly call: string;
  readonly tool: WritingTool;
}

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
};

const keyed = z.object({ reservation_id: z.string() });

/** What a result says of a reservation, if it says anything. */
export const observationOf = (
  tool: string,
  result: unknown,
): readonly [string, Reservation | 'unreadable'] | undefined => {
  const key = keyed.safeParse(result);
  if (!tellingTools.has(tool) || !key.success) return undefined;
  const row = reservationSchema.safeParse(result);
  return [key.data.reservation_id, row.success ? row.data : 'unreadable'];
};

/** One conversation, read from its beginning. */
class PlainConversation {
  readonly calls: PlainCall[] = [];
  readonly #observed = new Map<string, Reservation | 'unreadable'>();
  /** The tools that ids of calls mean, by the nearest call. */
  readonly #tools = new Map<string, string>();

  readonly #world: AirlineWorld;
  readonly #label: Pick<PlainCall, 'task_id' | 'trial'>;

  constructor(world: AirlineWorld, label: Pick<PlainCall, 'task_id' | 'trial'>) {
    this.#world = world;
    this.#label = label;
  }

  read(message: number, { role, content, tool_call_id, tool_calls }: Recorded): void {
    for (const { id, function: called } of tool_calls ?? []) {
      this.#tools.set(id, called.name);
      if (!isWritingTool(called.name)) continue;
      const state = { ...this.#world, now: airlineNow, observed: this.#observed };
      const verdict = plainVerdict(called.name, parsed(called.arguments), state);
      this.calls.push({ ...this.#label, message, call: id, tool: called.name, ...verdict });
    }
    if (role !== 'tool') return;
    const seen = observationOf(this.#tools.get(tool_call_id ?? '') ?? '', parsed(content ?? ''));
    if (seen !== undefined) this.#observed.set(...seen);
  }
}

/** What the plain rules say of every writing call of a trace, in its order. */
export const plainReplay = (trace: string, world: AirlineWorld): readonly PlainCall[] =>
  trace
    .split('\n')
    .filter((line) => line.trim() !== '')
    .flatMap((line) => {
      const { messages, ...label } = conversationSchema.parse(JSON.parse(line));
      const conversation = new PlainConversation(world, label);
      for (const [index, message] of messages.entries()) conversation.read(index, message);
      return conversation.calls;
    });
