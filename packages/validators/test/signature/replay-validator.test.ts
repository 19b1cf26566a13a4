import { ManualClock, type Message } from '@charterbus/core-models';
import { describe, expect, it } from 'vitest';
import {
  BoundedNonceMemory,
  createReplayValidator,
  createScreen,
  createSignatureValidator,
  type Finding,
  type NonceMemory,
  type ReplayOptions,
  type ScreenOutcome,
} from '../../src/index.js';
import { codesOf, find } from '../support/ask.js';
import { context, message, now } from '../support/sample.js';
import { keyFrom, signed, signer } from './support.js';

const idle = new AbortController().signal;
const another = '019b76da-a800-7000-8000-00000000000f';
const born = now - 3_600_000;

/** A validator that was made an hour ago. */
const made = (options: Partial<ReplayOptions> = {}, clock = new ManualClock(born)) => {
  const validator = createReplayValidator({ clock, ...options });
  clock.advance(now - born);
  return { clock, ask: (change: Partial<Message>, at = now) => codesOf(find(validator, change, { now: at })) };
};

describe('a signature that verifies', () => {
  it('is accepted once', () => {
    const { ask } = made();
    expect(ask(signed())).toEqual([]);
    // The same message may be looked at again on its way.
    expect(ask(signed())).toEqual([]);
    expect(ask({ ...signed(), id: another })).toEqual(['SIGNATURE_REPLAYED']);
    expect(ask({ ...signed({ now: now - 2000 }), id: another })).toEqual(['SIGNATURE_REPLAYED']);
    expect(ask(signed({ nonce: 'ponmlkjihgfedcba' }))).toEqual([]);
  });

  it('takes its nonce for its agent and its tenant alone', () => {
    const { ask } = made();
    expect(ask(signed())).toEqual([]);
    expect(ask({ ...signed(), from: 'other' })).toEqual([]);
    expect(ask({ ...signed(), tenant: 'other' })).toEqual([]);
  });

  it('is accepted inside its window and a little ahead', () => {
    const { ask } = made({ windowMs: 60_000, clockSkewMs: 5000 });
    const at = (offset: number, nonce: string): readonly string[] => ask(signed({ now: now + offset, nonce }));
    expect(at(-60_000, 'aaaaaaaaaaaaaaaa')).toEqual([]);
    expect(at(-61_000, 'bbbbbbbbbbbbbbbb')).toEqual(['SIGNATURE_REPLAYED']);
    expect(at(5000, 'cccccccccccccccc')).toEqual([]);
    expect(at(6000, 'dddddddddddddddd')).toEqual(['SIGNATURE_INVALID']);
  });

  it('from before the memory began is refused', () => {
    const validator = createReplayValidator({ clock: new ManualClock(now) });
    expect(codesOf(find(validator, signed({ now: now - 1000 })))).toEqual(['SIGNATURE_REPLAYED']);
    expect(codesOf(find(validator, signed()))).toEqual([]);
  });

  it('of one agent leaves room for those of others, however many it signs', () => {
    const memory = new BoundedNonceMemory({ clock: new ManualClock(now), entries: 100 });
    const take = (agent: string, count: number): number =>
      Array.from({ length: count }, (_, place) =>
        memory.remember({ agent, nonce: `n${place}`, message: `m${place}` }, now + 1000),
      ).filter(Boolean).length;
    expect(take('acme/busy', 1000)).toBe(50);
    expect(take('acme/other', 20)).toBe(20);
    expect(take('rival/other', 1000)).toBe(15);
    expect(take('rival/late', 1)).toBe(1);
  });

  it('is refused where there is no room, until something has run out', () => {
    const { ask, clock } = made({ entries: 1, windowMs: 10_000 });
    expect(ask(signed())).toEqual([]);
    expect(ask(signed({ nonce: 'ponmlkjihgfedcba' }))).toEqual(['SIGNATURE_REPLAYED']);
    clock.advance(11_000);
    const later = now + 11_000;
    expect(ask(signed({ nonce: 'ponmlkjihgfedcba', now: later }), later)).toEqual([]);
  });
});

describe('a message', () => {
  it('without a signature passes, and one that is no signature does not', () => {
    expect(made().ask({})).toEqual([]);
    expect(made().ask({ signature: 'a..b' })).toEqual(['SIGNATURE_INVALID']);
  });

  it('with a forged signature takes no nonce from its owner', async () => {
    const clock = new ManualClock(born);
    const validators = [createSignatureValidator(), createReplayValidator({ clock })];
    const screen = createScreen({ validators, timers: clock });
    clock.advance(now - born);
    const ask = async (own: Message): Promise<ScreenOutcome> => screen(own, { ...context, sender: signer }, idle);
    expect((await ask(signed({ key: keyFrom(9) }))).rejection?.code).toBe('SIGNATURE_INVALID');
    expect((await ask(signed())).rejection).toBeUndefined();
    expect((await ask({ ...signed(), id: another })).rejection?.code).toBe('SIGNATURE_REPLAYED');
    const wrongOrder = (): unknown => createScreen({ validators: validators.toReversed(), timers: clock });
    expect(wrongOrder).toThrow(expect.objectContaining({ code: 'CONFIGURATION_INVALID' }));
  });
});

describe('a shared memory of nonces', () => {
  it('is asked with the key and the end of the window, and waited for', async () => {
    const asked: unknown[] = [];
    const nonces: NonceMemory = {
      remember: (nonce, until) => Promise.resolve(asked.push([nonce, until]) === 1),
    };
    const validator = createReplayValidator({ clock: new ManualClock(now), nonces, windowMs: 1000 });
    const ask = async (): Promise<readonly Finding[]> => validator.validate(signed(), context, idle);
    expect(await ask()).toEqual([]);
    expect(codesOf(await ask())).toEqual(['SIGNATURE_REPLAYED']);
    const { id } = signed();
    expect(asked[0]).toEqual([{ agent: 'acme/boss', nonce: 'abcdefghijklmnop', message: id }, now + 1000]);
  });

  it('that fails, or answers anything but yes, rejects', async () => {
    const clock = new ManualClock(now);
    const answers = [
      () => Promise.reject(new Error('down')),
      () => Promise.resolve('yes'),
      () => Promise.resolve(undefined),
    ];
    for (const remember of answers) {
      const replay = createReplayValidator({
        clock,
        nonces: { remember: remember as unknown as NonceMemory['remember'] },
      });
      const screen = createScreen({ validators: [createSignatureValidator(), replay], timers: clock });
      expect((await screen(signed(), { ...context, sender: signer }, idle)).rejection?.validator).toBe('replay');
    }
  });
});

describe('bounds', () => {
  it('that are none are refused', () => {
    const clock = new ManualClock();
    const build = [
      () => createReplayValidator({ clock, windowMs: 0 }),
      () => createReplayValidator({ clock, clockSkewMs: -1 }),
      () => createReplayValidator({ clock, entries: 0 }),
      () => new BoundedNonceMemory({ clock, entries: 1.5 }),
    ];
    for (const create of build) expect(create).toThrow(expect.objectContaining({ code: 'CONFIGURATION_INVALID' }));
    expect(message.signature).toBeUndefined();
  });
});
