import type { Chooser } from '@charterbus/policy-client/testing';
import { toolCall } from '../../replay/support.js';
import { type RandomCall, randomCall } from './random-calls.js';
import { listOf, type RawWorld } from './random-world.js';

/** A call and its result, as a recorder writes them. */
const exchange = (id: string, tool: string, args: unknown, result: unknown): readonly unknown[] => [
  { role: 'assistant', content: null, tool_calls: [toolCall(id, tool, JSON.stringify(args))] },
  { role: 'tool', tool_call_id: id, name: tool, content: typeof result === 'string' ? result : JSON.stringify(result) },
];

/** What was known before is looked up; then the call, whose result is what the next look-up finds. */
const recorded = ({ before, tool, args }: RandomCall, at: number): readonly unknown[] => [
  { role: 'user', content: `Please do number ${at}.` },
  ...before.flatMap(({ tool: told, result }, index) => {
    const looked = told.startsWith('get_') || !told.includes('_') ? told : 'get_reservation_details';
    return exchange(`look_${at}_${index}`, looked, { reservation_id: 'any' }, result);
  }),
  ...exchange(`call_${at}`, tool, args, 'done'),
  { role: 'assistant', content: 'That is done.' },
];

/** Conversations of up to eight calls each, one a line; what was learnt in one is known until it ends. */
export const randomTrace = (chooser: Chooser, world: RawWorld, conversations: number): string =>
  listOf(conversations, (index) => {
    const calls = listOf(1 + chooser.below(8), () => randomCall(chooser, world));
    return JSON.stringify({ task_id: `random-${index}`, trial: 0, messages: calls.flatMap(recorded) });
  }).join('\n');
