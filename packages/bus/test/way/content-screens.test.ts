import { ManualClock, type Verdict } from '@charterbus/core-models';
import type { Validator } from '@charterbus/validators';
import { describe, expect, test } from 'vitest';
import { type Bus, ContentScreens } from '../../src/index.js';
import { claimAll, refusal, turn } from '../support/fleet.js';
import { FakeScreen, noted, screenedFiles, startScreened } from '../support/screened-bus.js';

const verdictsOf = async (bus: Bus, messageId: unknown): Promise<readonly Verdict[]> =>
  (await bus.operations.trace(String(messageId))).verdicts;

test('policies deny, hold and allow by what a screen makes of a message', async () => {
  const { bus, worker, send } = await startScreened(new FakeScreen());
  expect((await send(59)).status).toBe('accepted');
  expect((await send(60)).status).toBe('held');
  const denied = await refusal(send(80));
  expect(denied).toMatchObject({ code: 'POLICY_DENIED', details: { reasons: ['injected'] } });
  expect((await refusal(send(10, 'exfiltration'))).code).toBe('POLICY_DEFAULT_DENY');
  expect(await claimAll(worker)).toHaveLength(1);
  const [verdict] = await verdictsOf(bus, denied.details['messageId']);
  expect(verdict?.facts?.read).toEqual([{ name: 'score', value: 80 }]);
});

test('a redacted reading is in no trace', async () => {
  const { bus, send } = await startScreened(new FakeScreen());
  const { messageId } = await send(10, 'odd-words');
  const text = JSON.stringify(await bus.operations.trace(messageId)).replaceAll('"category":"odd-words"', '');
  expect(text).toContain('{"name":"categories","redacted":true}');
  expect(text).not.toContain('odd-words');
});

test('a screen is asked once a message, for both points, every recipient and its release', async () => {
  const screen = new FakeScreen();
  const { bus, planner, worker, send } = await startScreened(screen);
  for (const id of ['a', 'b', 'c']) await bus.register({ tenant: 'acme', id, role: id });
  await planner.broadcast({ type: 'event', content: { score: 10 } });
  expect(screen.asked).toHaveLength(1);
  const { messageId } = await send(70);
  await bus.operations.release(messageId, 'looked');
  expect(await claimAll(worker)).toHaveLength(2);
  expect(screen.asked).toHaveLength(2);
});

test('a constitution in shadow and the one in force ask a screen once', async () => {
  const screen = new FakeScreen();
  const { bus, send } = await startScreened(screen);
  const { constitution } = bus.operations;
  const { hash } = await constitution.stage(screenedFiles(2), { shadow: true });
  await send(10);
  await refusal(send(90));
  for (let count = 0; count < 1000 && constitution.shadowReport(hash).judged < 2; count++) await turn();
  expect(constitution.shadowReport(hash)).toMatchObject({ judged: 2, different: 0, failed: 0 });
  expect(screen.asked).toHaveLength(2);
  await constitution.activate(hash, { why: 'next' });
  expect((await refusal(send(90))).details['reasons']).toEqual(['injected']);
});

test('where no fact reads a screen, none is asked', async () => {
  const screen = new FakeScreen();
  const { send } = await startScreened(screen, { constitution: undefined as never });
  await send(90);
  expect(screen.asked).toEqual([]);
});

const failing: readonly (readonly [string, FakeScreen['answer']])[] = [
  [
    'throws',
    () => {
      throw new Error('down');
    },
  ],
  ['rejects its promise', () => Promise.reject(new Error('down'))],
  ['answers rubbish', () => 'clean' as never],
  ['answers a note without a score', () => [{ kind: 'note', text: '' } as never]],
  [
    'rejects the message, as a remote one may that cannot be reached',
    () => [{ kind: 'rejection', code: 'SCREEN_REJECTED', text: '' }],
  ],
];

test.each(failing)(
  'where a screen %s, what needs its reading is denied before the policies are asked',
  async (_, answer) => {
    const { bus, send } = await startScreened(new FakeScreen('prompt-injection', answer));
    const denied = await refusal(send(0));
    expect(denied).toMatchObject({ code: 'FACT_UNAVAILABLE', details: { reasons: ['FACT_UNAVAILABLE', 'score'] } });
    const [verdict] = await verdictsOf(bus, denied.details['messageId']);
    expect(verdict).toMatchObject({ cause: 'facts', policies: [], facts: { wanting: ['score'] } });
  },
);

test('a screen has its deadline, is told to stop, and a later message may ask again', async () => {
  const signals: AbortSignal[] = [];
  const screen = new FakeScreen('prompt-injection', (_, signal) => {
    signals.push(signal);
    return Promise.withResolvers<never>().promise;
  });
  const { clock, send } = await startScreened(screen, { screenMs: 200 });
  const late = refusal(send(0));
  while (signals.length === 0) await turn();
  clock.advance(199);
  expect(signals[0]?.aborted).toBe(false);
  clock.advance(1);
  expect((await late).code).toBe('FACT_UNAVAILABLE');
  expect(signals[0]?.aborted).toBe(true);
  screen.answer = (message) => noted(message.content as never);
  expect((await send(0)).status).toBe('accepted');
});

test('who gives up waiting has sent nothing', async () => {
  const screen = new FakeScreen('prompt-injection', () => Promise.withResolvers<never>().promise);
  const { planner } = await startScreened(screen);
  const stop = new AbortController();
  const draft = { to: { agent: 'worker' }, type: 'query', content: {} } as const;
  const sending = refusal(planner.send(draft, { signal: stop.signal }));
  while (screen.asked.length === 0) await turn();
  stop.abort();
  expect((await sending).code).toBe('ABORTED');
});

describe('content screens by themselves', () => {
  const message = Object.freeze({ content: {} }) as never;
  const context = () => ({ now: 0, sender: {} as never, attestation: { shortHash: '', required: false } });
  const { signal } = new AbortController();
  const setting = (...screens: readonly Validator[]) => {
    const clock = new ManualClock();
    const content = new ContentScreens({ screens, clock, timers: clock });
    return { clock, read: content.readerOf({ message, context, signal }), names: content.names };
  };

  test('tell the highest score and every category', async () => {
    const notes = [
      { kind: 'note', text: '', score: 20, category: 'b' },
      { kind: 'note', text: '', score: 70, category: 'a' },
    ] as const;
    const { read, names } = setting(new FakeScreen('x', () => notes), new FakeScreen('y', () => Promise.resolve([])));
    expect(read('x')).toEqual({ score: 70, categories: ['a', 'b'] });
    expect(await read('y')).toEqual({ score: 0, categories: [] });
    expect(read('z')).toBeUndefined();
    expect([...names]).toEqual(['x', 'y']);
  });

  test('ask once while an answer is under way, and let a failure stand for a second', async () => {
    const told = [Promise.withResolvers<[]>(), Promise.withResolvers<[]>()];
    const screen = new FakeScreen('x', () => told.shift()?.promise ?? []);
    const [first, second] = told;
    const { read, clock } = setting(screen);
    const waiting = [read('x'), read('x')].map(async (answer) => answer);
    first?.reject(new Error('down'));
    expect(await Promise.all(waiting)).toEqual([undefined, undefined]);
    clock.advance(999);
    expect(read('x')).toBeUndefined();
    expect(screen.asked).toHaveLength(1);
    clock.advance(1);
    const again = read('x');
    second?.resolve([]);
    expect(await again).toEqual({ score: 0, categories: [] });
    clock.advance(1_000_000);
    expect(read('x')).toEqual({ score: 0, categories: [] });
    expect(screen.asked).toHaveLength(2);
  });

  test('have different names, and a deadline', () => {
    const invalid = expect.objectContaining({ code: 'CONFIGURATION_INVALID' }) as Error;
    expect(() => setting(new FakeScreen('x'), new FakeScreen('x'))).toThrow(invalid);
    const clock = new ManualClock();
    expect(() => new ContentScreens({ screens: [], clock, timers: clock, deadlineMs: 0 })).toThrow(invalid);
  });
});
