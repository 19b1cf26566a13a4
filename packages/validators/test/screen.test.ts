import { ManualClock, type Message, type Timers } from '@charterbus/core-models';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { createScreen, type Finding, type ScreenOutcome, type Validator } from '../src/index.js';
import { context, message } from './support/sample.js';

const note: Finding = { kind: 'note', text: 'looks odd', category: 'odd', score: 40 };
const rejection: Finding = { kind: 'rejection', code: 'MESSAGE_EXPIRED', text: 'too old' };
/** A validator that answers with anything, since what is injected is not always what its type says. */
const validator = (name: string, answer: (...args: Parameters<Validator['validate']>) => unknown): Validator => ({
  name,
  validate: answer as Validator['validate'],
});
const quiet = { score: 0, categories: [] };
const idle = new AbortController().signal;

const screen = async (
  validators: readonly Validator[],
  signal = idle,
  timers: Timers = new ManualClock(),
): Promise<ScreenOutcome> => createScreen({ validators, timers, deadlineMs: 50 })(message, context, signal);
const outcomeOf = (answer: unknown): Promise<ScreenOutcome> => screen([validator('odd', () => answer)]);

describe('a screen', () => {
  it('asks a validator that was injected, with the message, the context and a signal', async () => {
    const validate = vi.fn<Validator['validate']>(() => []);
    expect(await screen([{ name: 'injected', validate }])).toEqual({ findings: [], readings: { injected: quiet } });
    expect(validate).toHaveBeenCalledOnce();
    const [asked, told, signal] = validate.mock.calls[0] ?? [];
    expect(asked).toBe(message);
    expect(told).toEqual(context);
    expect(signal?.aborted).toBe(false);
  });

  it('without validators finds nothing', async () => {
    expect(await screen([])).toEqual({ findings: [], readings: {} });
  });

  it('asks in order and stops at the first rejection', async () => {
    const asked: string[] = [];
    const one = (name: string, answer: readonly Finding[], later: boolean): Validator =>
      validator(name, () => {
        asked.push(name);
        return later ? Promise.resolve(answer) : answer;
      });
    const outcome = await screen([
      one('a', [note], true),
      one('b', [], false),
      one('c', [note, rejection, note], true),
      one('d', [], false),
    ]);
    expect(asked).toEqual(['a', 'b', 'c']);
    expect(outcome.rejection).toEqual({ ...rejection, validator: 'c' });
    expect(outcome.findings.map(({ validator: by, kind }) => `${by} ${kind}`)).toEqual([
      'a note',
      'c note',
      'c rejection',
      'c note',
    ]);
  });

  it('lets a message pass with notes alone', async () => {
    const outcome = await screen([validator('a', () => [note]), validator('b', () => Promise.resolve([note, note]))]);
    expect(outcome.rejection).toBeUndefined();
    expect(outcome.findings).toHaveLength(3);
  });

  it('does not see validators that are added or renamed later', async () => {
    const validators = [validator('a', () => [])];
    const ask = createScreen({ validators, timers: new ManualClock() });
    validators.push(validator('b', () => [rejection]));
    expect(await ask(message, context, idle)).toEqual({ findings: [], readings: { a: quiet } });
  });

  it('asks nobody before whom it must come after', () => {
    const later: Validator = { ...validator('later', () => []), after: 'first' };
    const timers = new ManualClock();
    const first = validator('first', () => []);
    expect(() => createScreen({ validators: [later, first], timers })).toThrow(/later must come after first/);
    expect(() => createScreen({ validators: [later], timers })).toThrow(/later must come after first/);
    expect(createScreen({ validators: [first, later], timers })).toBeTypeOf('function');
  });

  it('refuses two validators of one name, and a deadline that is none', () => {
    const twice = [validator('same', () => []), validator('same', () => [])];
    const timers = new ManualClock();
    const build = [
      () => createScreen({ validators: twice, timers }),
      ...[0, -1, Number.NaN, Number.POSITIVE_INFINITY].map(
        (deadlineMs) => () => createScreen({ validators: [], timers, deadlineMs }),
      ),
    ];
    for (const create of build) expect(create).toThrow(expect.objectContaining({ code: 'CONFIGURATION_INVALID' }));
  });
});

const secret = new Error('secret');
const fail = (thrown: unknown = secret): never => {
  throw thrown;
};
const getter = (name: string, get: () => unknown): object => Object.defineProperty({}, name, { get });
const twice = (_: unknown, no: (error: Error) => void): void => {
  no(secret);
  no(secret);
};

describe('a validator that fails', () => {
  it.each<[string, () => unknown]>([
    ['throws', () => fail()],
    ['throws nothing', () => fail(null)],
    ['rejects', () => Promise.reject(secret)],
    ['gives a thenable whose then throws', () => getter('then', fail)],
    ['gives a thenable whose then is no function', () => getter('then', () => 1)],
    ['gives a thenable that settles twice', () => getter('then', () => twice)],
    ['gives a finding that throws', () => [getter('kind', fail)]],
    ['promises a finding that throws', () => Promise.resolve([getter('kind', fail)])],
    ['promises a proxy that throws', () => Promise.resolve(new Proxy([], { get: fail }))],
  ])('because it %s rejects the message, and its words stay inside', async (_, answer) => {
    const outcome = await screen([validator('odd', answer), validator('never', () => [note])]);
    expect(outcome.rejection).toMatchObject({ kind: 'rejection', code: 'SCREEN_REJECTED', validator: 'odd' });
    expect(outcome.findings).toHaveLength(1);
    expect(JSON.stringify(outcome)).not.toContain('secret');
  });

  it.each([undefined, null, true, 'ok', 0, {}, { length: 0 }, new Set(), () => []])(
    'because it answers %s rejects',
    async (answer) => {
      expect((await outcomeOf(answer)).rejection?.code).toBe('SCREEN_REJECTED');
      expect((await outcomeOf(Promise.resolve(answer))).rejection?.code).toBe('SCREEN_REJECTED');
    },
  );

  it.each([
    [[undefined]],
    [[null]],
    [Object.assign([], { length: 1 })],
    [[[]]],
    [['note']],
    [[{}]],
    [[{ kind: 'Note' }]],
    [[{ kind: 'rejected' }]],
    [[{ kind: 'note', text: '' }]],
    [[{ kind: 'note', text: '', category: 'odd', score: 101 }]],
    [[{ kind: 'note', text: '', category: 'odd', score: 0.5 }]],
    [[{ kind: 'note', text: '', category: 'odd', score: '7' }]],
    [[{ kind: 'note', text: '', category: 'Odd', score: 7 }]],
    [[{ kind: 'note', text: '', category: 'a'.repeat(65), score: 7 }]],
  ])('because its finding is %j rejects', async (answer) => {
    const outcome = await outcomeOf(answer);
    expect(outcome.rejection).toEqual({ kind: 'rejection', code: 'SCREEN_REJECTED', text: '', validator: 'odd' });
    expect(outcome.readings).toEqual({ odd: quiet });
  });

  it('never passes, whatever it answers but notes', async () => {
    const answers = fc.oneof(fc.anything(), fc.array(fc.anything(), { minLength: 1 }));
    await fc.assert(
      fc.asyncProperty(answers, async (answer) => {
        const mayPass = Array.isArray(answer) && answer.length === 0;
        expect((await outcomeOf(answer)).rejection === undefined).toBe(mayPass);
      }),
    );
  });

  it('because it wants to change the message rejects, and the message is as before', async () => {
    const before = JSON.stringify(message);
    for (const change of [
      (own: Message) => Object.assign(own, { tenant: 'other' }),
      (own: Message) => Object.assign(own.to, { agent: 'other' }),
      (own: Message) => Object.assign(own.content as object, { question: 'other' }),
    ]) {
      const outcome = await screen([validator('changer', (own) => [change(own)].slice(1))]);
      expect(outcome.rejection?.validator).toBe('changer');
    }
    expect(JSON.stringify(message)).toBe(before);
  });

  it('because it wants to change what the next ones are told rejects', async () => {
    const outcome = await screen([
      validator('changer', (_, told) => [Object.assign(told.attestation, { required: false })]),
    ]);
    expect(outcome.rejection?.validator).toBe('changer');
    expect(context.attestation.required).toBe(true);
  });
});

describe('a rejection', () => {
  it('without text is one', async () => {
    expect((await outcomeOf([{ kind: 'rejection', code: 'SCREEN_REJECTED', text: '' }])).rejection?.text).toBe('');
    expect((await outcomeOf([{ kind: 'rejection' }])).rejection).toBeDefined();
  });

  it('keeps its code, unless that is junk or a fault of the server', async () => {
    expect((await outcomeOf([rejection])).rejection?.code).toBe('MESSAGE_EXPIRED');
    for (const code of ['JUNK', '__proto__', 'toString', 'INTERNAL_ERROR', 7, null, undefined]) {
      expect((await outcomeOf([{ ...rejection, code }])).rejection?.code).toBe('SCREEN_REJECTED');
    }
  });

  it('is read once, so that it cannot become a note', async () => {
    let reads = 0;
    const turning = {
      get kind() {
        return reads++ === 0 ? 'rejection' : 'note';
      },
      code: 'MESSAGE_EXPIRED',
      text: 't',
    };
    expect((await outcomeOf([turning])).rejection?.kind).toBe('rejection');
    expect(reads).toBe(1);
  });

  it('is short and well-formed text', async () => {
    const { rejection: rejected } = await outcomeOf([{ ...rejection, text: '\u{1f600}'.repeat(100_000).slice(1) }]);
    expect(rejected?.text.length).toBeLessThanOrEqual(1000);
    expect(rejected?.text.isWellFormed()).toBe(true);
  });

  it('follows from more findings than anybody needs', async () => {
    expect((await outcomeOf(Array.from({ length: 100 }, () => note))).findings).toHaveLength(100);
    const outcome = await outcomeOf(Array.from({ length: 1_000_000 }, () => note));
    expect(outcome.findings).toHaveLength(1);
    expect(outcome.rejection?.text).toMatch(/too many/);
  });
});

describe('waiting', () => {
  const { promise: never } = Promise.withResolvers<readonly Finding[]>();
  const waiting = (signals: AbortSignal[]): Validator =>
    validator('slow', (_, __, signal) => {
      signals.push(signal);
      return never;
    });

  it('ends at the deadline with a rejection, and the validator is told', async () => {
    const clock = new ManualClock();
    const signals: AbortSignal[] = [];
    const outcome = screen([waiting(signals)], idle, clock);
    clock.advance(49);
    expect(signals[0]?.aborted).toBe(false);
    clock.advance(1);
    expect(signals[0]?.aborted).toBe(true);
    expect((await outcome).rejection).toMatchObject({ validator: 'slow', code: 'SCREEN_REJECTED' });
  });

  it('ends when the caller aborts, and leaves nothing behind', async () => {
    const controller = new AbortController();
    const [add, remove] = [
      vi.spyOn(controller.signal, 'addEventListener'),
      vi.spyOn(controller.signal, 'removeEventListener'),
    ];
    const disposed = vi.fn<() => void>();
    const timers: Timers = { after: () => ({ [Symbol.dispose]: disposed }) };
    const signals: AbortSignal[] = [];
    const outcome = screen([waiting(signals)], controller.signal, timers);
    controller.abort();
    expect((await outcome).rejection?.validator).toBe('slow');
    expect(signals[0]?.aborted).toBe(true);
    expect(disposed).toHaveBeenCalledOnce();
    expect(remove).toHaveBeenCalledTimes(add.mock.calls.length);
  });

  it('does not begin where the caller has aborted', async () => {
    const validate = vi.fn<Validator['validate']>(() => never);
    const outcome = await screen([{ name: 'unasked', validate }], AbortSignal.abort());
    expect(outcome.rejection?.validator).toBe('unasked');
    expect(validate).not.toHaveBeenCalled();
  });

  it('has a deadline for each validator, and no timer after an answer', async () => {
    const clock = new ManualClock();
    const after = vi.spyOn(clock, 'after');
    const passing = (name: string): Validator => validator(name, () => Promise.resolve([]));
    expect((await screen([passing('a'), passing('b')], idle, clock)).findings).toEqual([]);
    expect(after.mock.calls.map(([delay]) => delay)).toEqual([50, 50]);
    expect(() => clock.advance(1000)).not.toThrow();
  });

  it('fails closed where there are no timers', async () => {
    const timers: Timers = {
      after: () => {
        throw new Error('no timers');
      },
    };
    expect((await screen([waiting([])], idle, timers)).rejection?.validator).toBe('slow');
  });

  it('an answer that comes too late changes nothing', async () => {
    const clock = new ManualClock();
    const late = Promise.withResolvers<readonly Finding[]>();
    const outcome = screen([validator('late', () => late.promise)], idle, clock);
    clock.advance(50);
    late.resolve([]);
    expect((await outcome).rejection?.validator).toBe('late');
  });
});

describe('what validators read', () => {
  const noted = (category: string, score: number, pointer?: string): Finding => ({
    kind: 'note',
    text: '',
    category,
    score,
    ...(pointer === undefined ? {} : { pointer }),
  });

  it('is the highest score of their notes, with the categories sorted and once each', async () => {
    const outcome = await screen([
      validator('busy', () => [noted('z', 10), noted('a', 70), noted('z', 30), noted('m', 0)]),
      validator('idle', () => []),
      validator('__proto__', () => Promise.resolve([noted('odd', 5)])),
    ]);
    expect(outcome.readings['busy']).toEqual({ score: 70, categories: ['a', 'm', 'z'] });
    expect(outcome.readings['idle']).toEqual(quiet);
    expect(outcome.readings['__proto__']).toEqual({ score: 5, categories: ['odd'] });
    expect(Object.keys(outcome.readings)).toHaveLength(3);
  });

  it('is there of those that were asked, also where one rejects', async () => {
    const outcome = await screen([
      validator('a', () => [noted('odd', 9)]),
      validator('b', () => [noted('even', 100), rejection]),
      validator('c', () => []),
    ]);
    expect(outcome.readings).toEqual({
      a: { score: 9, categories: ['odd'] },
      b: { score: 100, categories: ['even'] },
    });
  });

  it('costs no object where nothing is noted', async () => {
    const ask = createScreen({ validators: [validator('a', () => [])], timers: new ManualClock() });
    const [one, other] = [await ask(message, context, idle), await ask(message, context, idle)];
    expect(one.readings).toBe(other.readings);
  });

  it('keeps pointers that are some', async () => {
    const { findings } = await screen([
      validator('a', () => [noted('odd', 1, '/a~1b/0'), noted('odd', 1, 'a'), noted('odd', 1, '/~2')]),
    ]);
    expect(findings.map(({ pointer }) => pointer)).toEqual(['/a~1b/0', undefined, undefined]);
  });
});
