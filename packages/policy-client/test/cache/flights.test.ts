import { describe, expect, it } from 'vitest';
import { allowed, answering, caching, never, readsOf, requestOf } from './support/caching.js';

interface Question {
  readonly signal: AbortSignal;
  readonly answer: (value: unknown) => void;
  readonly fail: (error: unknown) => void;
}

/** Until what has been answered has come to whoever waits. */
const turn = (): Promise<void> => {
  const { promise, resolve } = Promise.withResolvers<void>();
  setImmediate(resolve);
  return promise;
};

/** An engine that answers when it is told to. */
const later = () => {
  const questions: Question[] = [];
  const snapshot = answering(
    (_request, signal) => {
      const { promise, resolve: answer, reject: fail } = Promise.withResolvers<unknown>();
      questions.push({ signal, answer, fail });
      return promise;
    },
    readsOf(['messageType']),
  );
  const cache = caching(snapshot, { synchronous: false });
  const ask = (signal = never, type = 'query') =>
    Promise.resolve(cache.evaluate(requestOf({ messageType: type }), signal)).catch((error: unknown) => error);
  return { questions, cache, ask };
};

describe('a question that is under way', () => {
  it('is asked once for all who ask the same, and the answer is kept', async () => {
    const { questions, cache, ask } = later();
    const waiting = [ask(), ask(), ask(), ask(never, 'event')];
    expect(questions).toHaveLength(2);
    questions.forEach(({ answer }) => answer(allowed()));
    expect(await Promise.all(waiting)).toEqual([allowed(), allowed(), allowed(), allowed()]);
    expect(await ask()).toEqual(allowed());
    expect(cache.counts).toMatchObject({ misses: 2, joined: 2, hits: 1, entries: 2 });
  });

  it('goes on for the others when one of them leaves', async () => {
    const { questions, cache, ask } = later();
    const [one, two] = [new AbortController(), new AbortController()];
    const waiting = [ask(one.signal), ask(two.signal)];
    one.abort('too late');
    expect(await waiting[0]).toBe('too late');
    expect(questions[0]?.signal.aborted).toBe(false);
    questions[0]?.answer(allowed());
    expect(await waiting[1]).toEqual(allowed());
    two.abort();
    await turn();
    expect(cache.counts).toMatchObject({ entries: 1 });
  });

  it('is stopped when nobody waits any more; whoever comes then asks anew, and its late answer is not kept', async () => {
    const { questions, cache, ask } = later();
    const [one, two] = [new AbortController(), new AbortController()];
    const waiting = [ask(one.signal), ask(two.signal)];
    one.abort('first');
    two.abort('last');
    expect(await Promise.all(waiting)).toEqual(['first', 'last']);
    expect(questions[0]?.signal).toMatchObject({ aborted: true, reason: 'last' });
    const again = ask();
    questions[0]?.answer(allowed());
    await turn();
    expect(cache.counts).toMatchObject({ misses: 2, joined: 1, entries: 0 });
    questions[1]?.answer({ ...allowed(), decision: 'deny', policies: ['forbid'] });
    expect(await again).toMatchObject({ decision: 'deny' });
  });

  it('is left at once by whoever comes aborted', async () => {
    const { questions, ask } = later();
    expect(await ask(AbortSignal.abort('before'))).toBe('before');
    expect(questions[0]?.signal.aborted).toBe(true);
  });

  it('fails for all when it fails, and is asked again', async () => {
    const { questions, cache, ask } = later();
    const waiting = [ask(), ask()];
    questions[0]?.fail('down');
    expect(await Promise.all(waiting)).toEqual(['down', 'down']);
    const again = ask();
    expect(questions).toHaveLength(2);
    questions[1]?.answer({ ...allowed(), errors: ['e'] });
    expect(await again).toMatchObject({ errors: ['e'] });
    expect(cache.counts).toMatchObject({ misses: 2, joined: 1, entries: 0 });
  });

  it('is answered after the end for those who wait, and not kept', async () => {
    const { questions, cache, ask } = later();
    const waiting = ask();
    await cache.close();
    questions[0]?.answer(allowed());
    expect(await waiting).toEqual(allowed());
    expect(cache.counts).toMatchObject({ misses: 1, entries: 0 });
    void ask();
    expect(questions).toHaveLength(2);
  });

  it('may be answered at once, too', () => {
    const snapshot = answering(allowed);
    const cache = caching(snapshot, { synchronous: false });
    expect(cache.evaluate(requestOf(), never)).toEqual(allowed());
    expect(cache.recall(requestOf())).toEqual(allowed());
  });
});
