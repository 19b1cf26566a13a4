import { ManualClock } from '@charterbus/core-models';
import { describe, expect, it } from 'vitest';
import type { ProviderFunction } from '../../src/facts/providers/provider-function.js';
import { compile, factsOf, manifestOf } from './support/compile.js';
import { all, Conversation, call, gather, now } from './support/messages.js';

const manifest = (more = '') =>
  manifestOf(`  types: { Part: { name: string, on?: timestamp } }
  providers:
    rate: { parameters: [string], returns: int${more} }
    parts: { parameters: ["list<Part>", timestamp, duration, "map<string, double>"], returns: "list<Part>", deadlineMilliseconds: 100 }
  names: { rated: rate(args.key) }
  tools:
    use:
      arguments: { key: string, keys?: list<string> }
      facts:
        rate: rated
        high: rated > 10
        either: 'true || rated > 10'
        sum: sum(args.keys.map(k, rate(k)))
        known: args.keys.all(k, rate(k) > 0)
        plain: args.key
        parts: 'parts([], now, duration("1.5s"), {"a": 0.5}).map(p, p.name)'
        maybe: { value: 'rated', optional: true }
`);

const setting = (rate: ProviderFunction, parts: ProviderFunction = () => [], more = '') => {
  const clock = new ManualClock();
  return { clock, facts: factsOf(manifest(more), { clock, timers: clock, providers: { rate, parts } }) };
};

const ask = async (
  facts: ReturnType<typeof setting>['facts'],
  names: readonly string[],
  keys: readonly string[] = [],
) => gather(facts, call('use', { key: 'a', keys }), () => new Set(names));

const refuse = () => {
  throw new Error('no');
};

interface Question {
  readonly signal: AbortSignal;
  readonly answer: (value: unknown) => void;
}

/** A function that answers when it is told. */
class Slow {
  readonly asked: Question[] = [];
  #told = Promise.withResolvers<undefined>();

  readonly ask: ProviderFunction = (_given, signal) =>
    new Promise((resolve) => {
      this.asked.push({ signal, answer: resolve });
      this.#told.resolve(undefined);
      this.#told = Promise.withResolvers();
    });

  /** The question of this number, when it is asked. */
  async question(number: number): Promise<Question> {
    for (;;) {
      const question = this.asked[number];
      if (question !== undefined) return question;
      await this.#told.promise;
    }
  }
}

describe('a provider that is a function', () => {
  it('is asked once for all facts that need the same answer', async () => {
    const asked: unknown[] = [];
    const { facts } = setting((given) => {
      asked.push(given);
      return 11;
    });
    expect((await ask(facts, ['rate', 'high', 'plain'])).values).toEqual({ rate: 11, high: true, plain: 'a' });
    expect(asked).toEqual([['a']]);
  });

  it('is not asked for facts that nobody wants', () => {
    const { facts } = setting(() => {
      throw new Error('It was asked.');
    });
    const found = gather(facts, call('use', { key: 'a' }), () => new Set(['plain']));
    expect(found).toMatchObject({ values: { plain: 'a' } });
  });

  it('is not waited for where its answer does not matter', () => {
    const { facts } = setting(() => 1);
    expect(gather(facts, call('use', { key: 'a' }), () => new Set(['either']))).toMatchObject({
      values: { either: true },
    });
  });

  it('is asked for each item, as long as that is not too often', async () => {
    const { facts } = setting(([key]) => Promise.resolve(Number(key)));
    expect((await ask(facts, ['sum', 'known'], ['1', '2', '3'])).values).toEqual({ sum: 6, known: true });
    const many = Array.from({ length: 65 }, (_, at) => String(at + 1));
    expect((await ask(facts, ['known'], many.slice(1))).values).toEqual({ known: true });
    expect((await ask(facts, ['known', 'sum'], many)).wanting).toMatchObject({
      code: 'FACT_UNAVAILABLE',
      names: ['known', 'sum'],
    });
  });

  it('gets JSON and gives JSON', async () => {
    const asked: unknown[] = [];
    const { facts } = setting(
      () => 1,
      (given) => {
        asked.push(given);
        return [{ name: 'x', on: '2024-01-01T00:00:00Z', more: 1 }];
      },
    );
    expect((await ask(facts, ['parts'])).values).toEqual({ parts: ['x'] });
    expect(asked).toEqual([[[], new Date(now).toISOString(), '1.5s', { a: 0.5 }]]);
  });

  it.each<readonly [string, ProviderFunction]>([
    [
      'throws',
      () => {
        throw new Error('no');
      },
    ],
    ['rejects', () => Promise.reject(new Error('no'))],
    ['answers with a text', () => '11'],
    ['answers with a bigint', () => 11n],
    ['answers with a fraction', () => 1.5],
    ['answers with nothing', () => undefined],
    ['answers with too much', () => 'x'.repeat(300_000)],
    ['answers with a trap', () => new Proxy({}, { ownKeys: refuse })],
    ['answers with what traps while it is awaited', () => new Proxy({}, { get: refuse })],
  ])('and %s has not answered', async (_what, rate) => {
    const { facts } = setting(rate);
    const found = await ask(facts, ['rate', 'plain', 'maybe']);
    expect(found.wanting).toMatchObject({ code: 'FACT_UNAVAILABLE', names: ['maybe', 'rate'] });
  });

  it('has until its deadline, and its signal is aborted then', async () => {
    const slow = new Slow();
    const { facts, clock } = setting(slow.ask);
    const found = ask(facts, ['rate']);
    const { signal } = await slow.question(0);
    clock.advance(499);
    expect(signal.aborted).toBe(false);
    clock.advance(1);
    expect((await found).wanting).toMatchObject({ code: 'FACT_UNAVAILABLE', names: ['rate'] });
    expect(signal.aborted).toBe(true);
  });

  it('that is late too often is left alone', async () => {
    const slow = new Slow();
    const { facts, clock } = setting(slow.ask, undefined, ', breaker: { failures: 2 }');
    for (const number of [0, 1]) {
      const late = ask(facts, ['rate']);
      await slow.question(number);
      clock.advance(500);
      expect((await late).wanting?.code).toBe('FACT_UNAVAILABLE');
    }
    expect((await ask(facts, ['rate'])).wanting?.code).toBe('FACT_UNAVAILABLE');
    expect(slow.asked).toHaveLength(2);
  });

  it('is not asked a second time while it is being asked', async () => {
    const slow = new Slow();
    const { facts } = setting(slow.ask);
    const found = [ask(facts, ['rate']), ask(facts, ['rate'])];
    (await slow.question(0)).answer(5);
    expect((await Promise.all(found)).map(({ values }) => values)).toEqual([{ rate: 5 }, { rate: 5 }]);
    expect(slow.asked).toHaveLength(1);
    const again = ask(facts, ['rate']);
    (await slow.question(1)).answer(6);
    expect((await again).values).toEqual({ rate: 6 });
  });

  it('is asked so many questions at a time, and the others in their turn', async () => {
    const slow = new Slow();
    const { facts, clock } = setting(slow.ask);
    const keys = Array.from({ length: 40 }, (_, at) => `k${at}`);
    const found = ask(facts, ['known'], keys);
    await slow.question(15);
    for (const { answer } of slow.asked.slice(0, 10)) answer(1);
    await slow.question(25);
    clock.advance(500);
    expect((await found).wanting?.names).toEqual(['known']);
    expect(slow.asked).toHaveLength(26);
  });

  it('answers for as long as the answer is remembered, failures never', async () => {
    const answers: unknown[] = ['wrong', 1, 2, 3];
    const { facts, clock } = setting(() => answers.shift(), undefined, ', cacheSeconds: 60');
    expect((await ask(facts, ['rate'])).wanting?.code).toBe('FACT_UNAVAILABLE');
    expect((await ask(facts, ['rate'])).values).toEqual({ rate: 1 });
    clock.advance(60_000);
    expect(gather(facts, call('use', { key: 'a' }), () => new Set(['rate']))).toMatchObject({ values: { rate: 1 } });
    clock.advance(1);
    expect((await ask(facts, ['rate'])).values).toEqual({ rate: 2 });
    clock.jump(1_000_000);
    expect((await ask(facts, ['rate'])).values).toEqual({ rate: 2 });
  });

  it('is waited for no longer than the judgement may take', async () => {
    const slow = new Slow();
    const { facts } = setting(slow.ask);
    const stop = new AbortController();
    const [first, second] = [call('use', { key: 'a' }), call('use', { key: 'a', keys: [] })];
    const wanted = () => new Set(['rate']);
    const abandoned = facts.gather(first, { now, wanted }, stop.signal);
    const kept = gather(facts, second, wanted);
    const { answer } = await slow.question(0);
    stop.abort();
    expect((await abandoned).wanting).toMatchObject({ code: 'POLICY_TIMEOUT', names: ['rate'] });
    answer(4);
    expect((await kept).values).toEqual({ rate: 4 });
    expect((await facts.gather(first, { now, wanted }, stop.signal)).wanting?.code).toBe('POLICY_TIMEOUT');
    expect(slow.asked).toHaveLength(1);
  });

  it('may have facts gathered itself', async () => {
    const { facts } = setting(async ([key]) => {
      const inner = await gather(facts, call('use', { key: key ?? null, keys: [] }), () => new Set(['plain', 'sum']));
      return inner.values['plain'] === key ? Number(key) : 0;
    });
    expect((await ask(facts, ['sum'], ['1', '2', '3'])).values).toEqual({ sum: 6 });
  });

  it('is not what is asked over HTTP', () => {
    const text =
      manifestOf(`  providers: { rate: { parameters: [int], returns: int, http: { url: "http://localhost/" } } }
  send: { a: rate(1) }
`);
    const { problems } = compile(text, { providers: { rate: () => 1, other: () => 2 } });
    expect(problems.map(({ message }) => message)).toEqual([
      'facts.providers.rate: rate is asked over HTTP, and a function is given for it as well.',
    ]);
  });

  it('need not be there for a check', () => {
    const clock = new ManualClock();
    const facts = factsOf(manifest(), { clock, timers: clock, checkOnly: true });
    const found = gather(facts, call('use', { key: 'a' }, { conversation: new Conversation() }), all(facts));
    expect(found).toMatchObject({ wanting: { code: 'FACT_UNAVAILABLE' } });
  });
});
