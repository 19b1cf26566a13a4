import { ManualClock, MessageError } from '@charterbus/core-models';
import { describe, expect, it } from 'vitest';
import { unhurried } from '../../src/http/unhurried.js';

describe('a refusal that must not tell how long it took to find out', () => {
  const refusing = (clock: ManualClock, takes: number, code: 'MESSAGE_NOT_FOUND' | 'MESSAGE_GONE') => {
    const refused = { at: Number.NaN };
    const work = async (): Promise<never> => {
      clock.advance(takes);
      throw new MessageError(code, 'It is not there.');
    };
    const settled = unhurried('MESSAGE_NOT_FOUND', work, { clock, timers: clock }).catch(() => {
      refused.at = clock.monotonic();
    });
    return { refused, settled };
  };
  const turns = async (): Promise<void> => {
    for (let count = 0; count < 10; count += 1) await Promise.resolve();
  };

  it.each([0, 0.3, 9.9])('comes at the next step, whether it took %d ms or not', async (takes) => {
    const clock = new ManualClock();
    const { refused, settled } = refusing(clock, takes, 'MESSAGE_NOT_FOUND');
    await turns();
    clock.advance(9.99 - takes);
    await turns();
    expect(refused.at).toBeNaN();
    clock.advance(0.02);
    await settled;
    expect(refused.at).toBeCloseTo(10, 1);
  });

  it('comes at the one after where it took longer', async () => {
    const clock = new ManualClock();
    const { refused, settled } = refusing(clock, 13, 'MESSAGE_NOT_FOUND');
    await turns();
    clock.advance(7);
    await settled;
    expect(refused.at).toBe(20);
  });

  it('is of that code alone', async () => {
    const clock = new ManualClock();
    const { refused, settled } = refusing(clock, 3, 'MESSAGE_GONE');
    await settled;
    expect(refused.at).toBe(3);
    expect(await unhurried('MESSAGE_NOT_FOUND', () => Promise.resolve(1), { clock, timers: clock })).toBe(1);
  });
});
