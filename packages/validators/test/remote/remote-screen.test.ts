import { ManualClock } from '@charterbus/core-models';
import { CircuitBreakers } from '@charterbus/recovery';
import { describe, expect, it, vi } from 'vitest';
import { createRemoteScreen, type Finding, type RemoteScreenOptions } from '../../src/index.js';
import { codesOf } from '../support/ask.js';
import { context, message } from '../support/sample.js';

const idle = new AbortController().signal;
const reading = { score: 80, categories: ['b', 'a'] };

const made = (ask: RemoteScreenOptions['ask'], options: Partial<RemoteScreenOptions> = {}) => {
  const clock = new ManualClock();
  const validator = createRemoteScreen({
    name: 'model',
    ask,
    mode: 'fail-closed',
    deadlineMs: 100,
    breaker: { failures: 2, openMs: 1000 },
    timers: clock,
    clock,
    ...options,
  });
  const find = async (signal = idle): Promise<readonly Finding[]> => validator.validate(message, context, signal);
  return { clock, find };
};
const down = (): Promise<never> => Promise.reject(new Error('secret'));

describe('a remote screen', () => {
  it('turns a reading into notes, and passes findings on', async () => {
    const { find } = made(() => Promise.resolve(reading));
    expect(await find()).toMatchObject([
      { kind: 'note', category: 'b', score: 80 },
      { kind: 'note', category: 'a', score: 80 },
    ]);
    expect(await made(() => Promise.resolve({ score: 0, categories: [] })).find()).toEqual([]);
    expect(codesOf(await made(() => Promise.resolve({ score: 9, categories: [] })).find())).toEqual(['unspecified']);
    const own: readonly Finding[] = [{ kind: 'rejection', code: 'SCREEN_REJECTED', text: '' }];
    expect(await made(() => Promise.resolve(own)).find()).toEqual(own);
  });

  it.each([
    undefined,
    null,
    'ok',
    {},
    { score: 101, categories: [] },
    { score: 1, categories: ['No'] },
    { score: 1, categories: 'a' },
    { score: 1, categories: Array.from({ length: 51 }, () => 'a') },
  ])('takes %j for no answer', async (answer) => {
    const ask = (): Promise<never> => Promise.resolve(answer as never);
    expect(codesOf(await made(ask).find())).toEqual(['SCREEN_REJECTED']);
    expect(await made(ask, { mode: 'annotate-only', unavailableScore: 30 }).find()).toMatchObject([
      { kind: 'note', category: 'screen-unavailable', score: 30 },
    ]);
  });

  it('says nothing of what was thrown', async () => {
    expect(JSON.stringify(await made(down).find())).not.toContain('secret');
    const thrower = (): never => {
      throw new Error('secret');
    };
    expect(codesOf(await made(thrower).find())).toEqual(['SCREEN_REJECTED']);
  });

  it('waits until its deadline and stops asking then', async () => {
    const signals: AbortSignal[] = [];
    const { find, clock } = made((_, __, signal) => {
      signals.push(signal);
      return Promise.withResolvers<never>().promise;
    });
    const found = find();
    clock.advance(99);
    expect(signals[0]?.aborted).toBe(false);
    clock.advance(1);
    expect(codesOf(await found)).toEqual(['SCREEN_REJECTED']);
    expect(signals[0]?.aborted).toBe(true);
  });

  it('refuses bounds that are none', () => {
    for (const options of [
      { deadlineMs: 0 },
      { deadlineMs: Number.POSITIVE_INFINITY },
      { unavailableScore: 101 },
      { breaker: { failures: 0, openMs: 1 } },
      { breaker: { failures: 1, openMs: Number.NaN } },
    ]) {
      expect(() => made(down, options)).toThrow(expect.objectContaining({ code: 'CONFIGURATION_INVALID' }));
    }
  });
});

describe('its breaker', () => {
  it('opens after failures in a row, and closes by one probe that is answered', async () => {
    const answers: (() => Promise<never>)[] = [down, down];
    const ask = vi.fn<RemoteScreenOptions['ask']>(() =>
      (answers.shift() ?? ((): Promise<never> => Promise.resolve(reading as never)))(),
    );
    const { find, clock } = made(ask);
    await find();
    await find();
    expect(codesOf(await find())).toEqual(['SCREEN_REJECTED']);
    expect(ask).toHaveBeenCalledTimes(2);
    clock.advance(999);
    await find();
    expect(ask).toHaveBeenCalledTimes(2);
    clock.advance(1);
    expect(codesOf(await find())).toEqual(['b', 'a']);
    expect(codesOf(await find())).toEqual(['b', 'a']);
    expect(ask).toHaveBeenCalledTimes(4);
  });

  it('lets one probe through at a time, and opens again where it fails', async () => {
    const waiting = Promise.withResolvers<never>();
    const answers = [down, down, (): Promise<never> => waiting.promise];
    const ask = vi.fn<RemoteScreenOptions['ask']>(() => (answers.shift() ?? down)());
    const { find, clock } = made(ask);
    await find();
    await find();
    clock.advance(1000);
    const probe = find();
    expect(codesOf(await find())).toEqual(['SCREEN_REJECTED']);
    expect(ask).toHaveBeenCalledTimes(3);
    waiting.reject(new Error('down'));
    await probe;
    await find();
    expect(ask).toHaveBeenCalledTimes(3);
    clock.advance(1000);
    await find();
    expect(ask).toHaveBeenCalledTimes(4);
  });

  it('does not count failures that are not in a row, nor callers who abort', async () => {
    const answers = [down, (): Promise<never> => Promise.resolve(reading as never), down];
    const ask = vi.fn<RemoteScreenOptions['ask']>(() =>
      (answers.shift() ?? ((): Promise<never> => Promise.withResolvers<never>().promise))(),
    );
    const { find } = made(ask);
    for (let round = 0; round < 3; round++) await find();
    for (let round = 0; round < 5; round++) {
      const caller = new AbortController();
      const found = find(caller.signal);
      caller.abort();
      expect(codesOf(await found)).toEqual(['SCREEN_REJECTED']);
    }
    expect(ask).toHaveBeenCalledTimes(8);
  });
});

describe('the breaker of a remote screen', () => {
  it('is listed under its name, where there is a list', async () => {
    const breakers = new CircuitBreakers();
    const { find } = made(down, { breakers });
    await find();
    await find();
    expect(breakers.list().map(({ name, state }) => [name, state])).toEqual([['screen:model', 'open']]);
  });

  it('counts an answer that comes after its caller has gone for nothing', async () => {
    const breakers = new CircuitBreakers();
    const stop = new AbortController();
    const { find } = made(
      () => {
        stop.abort();
        return down();
      },
      { breakers },
    );
    await find(stop.signal);
    expect(breakers.list()[0]?.counts).toEqual({ successes: 0, failures: 0, rejections: 0, opens: 0 });
  });
});
