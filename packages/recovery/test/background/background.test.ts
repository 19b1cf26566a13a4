import { ManualClock, OperationError } from '@charterbus/core-models';
import { describe, expect, it, vi } from 'vitest';
import { Background, warnOfFailure } from '../../src/index.js';
import { flush } from '../support/flush.js';

describe('work in the background', () => {
  it('is idle when it has ended, also what began meanwhile and what failed', async () => {
    const told: string[] = [];
    const background = new Background((task) => void told.push(task));
    const ended: string[] = [];
    background.run('outer', async () => {
      await Promise.resolve();
      background.run('inner', () => Promise.reject(new Error('no')));
      ended.push('outer');
    });
    await background.idle();
    expect([ended, told]).toEqual([['outer'], ['inner']]);
  });

  it('reports what fails at once, and takes over what is under way', async () => {
    const told: string[] = [];
    const background = new Background((task) => void told.push(task));
    background.run('at once', () => {
      throw new Error('no');
    });
    background.track('later', Promise.reject(new Error('no')));
    background.track('nothing', 1);
    await background.idle();
    expect(told).toEqual(['at once', 'later']);
  });

  it('warns of a listener that throws, and goes on', () => {
    const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    const failing = (thrown: unknown) =>
      new Background(() => {
        throw thrown;
      });
    failing(new TypeError('secret')).report('sweep', new Error('no'));
    failing('secret').report('sweep', new Error('no'));
    expect(warned.mock.calls).toEqual([
      ['The listener for background errors failed over sweep (TypeError).', 'CharterbusWarning'],
      ['The listener for background errors failed over sweep (string).', 'CharterbusWarning'],
    ]);
  });

  it('is warned of by codes and names, without the words of errors', () => {
    const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    warnOfFailure('a', new OperationError('BUS_CLOSED', 'secret'));
    warnOfFailure('b', new TypeError('secret'));
    warnOfFailure('c', 'secret');
    expect(warned.mock.calls.map(([text]) => text)).toEqual([
      'Background work failed: a (BUS_CLOSED).',
      'Background work failed: b (TypeError).',
      'Background work failed: c (unknown).',
    ]);
  });
});

describe('work that is repeated', () => {
  it('begins after a pause, and never overlaps itself', async () => {
    const clock = new ManualClock();
    const background = new Background(() => undefined, clock);
    const rounds: PromiseWithResolvers<void>[] = [];
    using _repetition = background.repeat('sweep', 100, () => {
      const round = Promise.withResolvers<void>();
      rounds.push(round);
      return round.promise;
    });
    clock.advance(99);
    expect(rounds).toHaveLength(0);
    clock.advance(1);
    clock.advance(1_000);
    expect(rounds).toHaveLength(1);
    rounds[0]?.resolve();
    await flush();
    clock.advance(99);
    expect(rounds).toHaveLength(1);
    clock.advance(1);
    expect(rounds).toHaveLength(2);
  });

  it('reports a round that fails, and goes on', async () => {
    const clock = new ManualClock();
    const told: string[] = [];
    const background = new Background((task) => void told.push(task), clock);
    using _repetition = background.repeat('sweep', 100, () => {
      throw new Error('no');
    });
    for (let round = 0; round < 3; round += 1) {
      clock.advance(100);
      await flush();
    }
    expect(told).toEqual(['sweep', 'sweep', 'sweep']);
  });

  it('ends with its disposal, also in the middle of a round', async () => {
    const clock = new ManualClock();
    const background = new Background(() => undefined, clock);
    const seen: AbortSignal[] = [];
    const repetition = background.repeat('sweep', 100, (signal) => void seen.push(signal));
    clock.advance(100);
    repetition[Symbol.dispose]();
    await flush();
    clock.advance(1_000);
    expect(seen.map(({ aborted }) => aborted)).toEqual([true]);
    expect(() => background.repeat('sweep', 0, () => undefined)).toThrow(RangeError);
  });
});
