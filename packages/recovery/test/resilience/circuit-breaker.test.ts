import { ManualClock } from '@charterbus/core-models';
import { describe, expect, it } from 'vitest';
import { type BreakerPolicy, type CircuitBreaker, CircuitBreakers } from '../../src/index.js';

const made = (policy: BreakerPolicy = {}, counts: (error: unknown) => boolean = () => true) => {
  const clock = new ManualClock();
  const failures: string[] = [];
  const breakers = new CircuitBreakers({ clock, timers: clock, onError: (task) => void failures.push(task) });
  return { clock, failures, breakers, breaker: breakers.named('opa:a', policy, { counts }) };
};

const answers = () => Promise.resolve('answer');
const fails = () => Promise.reject(new Error('down'));

const failTimes = async (breaker: CircuitBreaker, times: number): Promise<void> => {
  for (let time = 0; time < times; time += 1) await expect(breaker.execute(fails)).rejects.toThrow('down');
};
const isRefused = (settled: PromiseSettledResult<unknown>): boolean =>
  settled.status === 'rejected' && (settled.reason as { readonly code?: unknown }).code === 'CIRCUIT_OPEN';

describe('a breaker', () => {
  it('opens after five failures in a row, and refuses at once for 30 seconds', async () => {
    const { clock, breaker } = made();
    await failTimes(breaker, 4);
    await breaker.execute(answers);
    await failTimes(breaker, 4);
    expect(breaker.state).toBe('closed');
    await failTimes(breaker, 1);
    expect(breaker.state).toBe('open');
    clock.advance(10_000);
    await expect(breaker.execute(answers)).rejects.toMatchObject({ code: 'CIRCUIT_OPEN', retryAfterMs: 20_000 });
    clock.advance(19_999);
    expect(breaker.state).toBe('open');
    clock.advance(1);
    expect(breaker.state).toBe('half_open');
    expect(breaker.counts).toEqual({ successes: 1, failures: 9, rejections: 1, opens: 1 });
  });

  it('lets exactly one probe through while half open, and refuses the others at once', async () => {
    const { clock, breaker } = made({ failures: 1, openMs: 100 });
    await failTimes(breaker, 1);
    clock.advance(100);
    const probe = Promise.withResolvers<string>();
    let asked = 0;
    const ask = () => {
      asked += 1;
      return probe.promise;
    };
    const first = breaker.execute(ask);
    const others = await Promise.allSettled(Array.from({ length: 50 }, () => breaker.execute(ask)));
    expect(others.every(isRefused)).toBe(true);
    expect(asked).toBe(1);
    probe.resolve('well');
    expect(await first).toBe('well');
    expect(breaker.state).toBe('closed');
  });

  it('opens again when the probe fails, and for the whole time', async () => {
    const { clock, breaker } = made({ failures: 3, openMs: 100 });
    await failTimes(breaker, 3);
    clock.advance(100);
    await failTimes(breaker, 1);
    clock.advance(99);
    expect(breaker.state).toBe('open');
    clock.advance(1);
    await breaker.execute(answers);
    await failTimes(breaker, 2);
    expect(breaker.state).toBe('closed');
  });

  it('takes the abort of a caller for nothing, and lets another probe through', async () => {
    const { clock, breaker } = made({ failures: 1, openMs: 100 });
    const stop = new AbortController();
    const gone = () => {
      stop.abort(new Error('gone'));
      return fails();
    };
    await expect(breaker.execute(gone, stop.signal)).rejects.toThrow('down');
    await expect(breaker.execute(answers, stop.signal)).rejects.toThrow('gone');
    expect([breaker.state, breaker.counts.failures]).toEqual(['closed', 0]);
    await failTimes(breaker, 1);
    clock.advance(100);
    const [passage = -1] = [breaker.enter()];
    breaker.settle(passage, 'ignored');
    expect(breaker.state).toBe('half_open');
    await breaker.execute(answers);
    expect(breaker.state).toBe('closed');
  });

  it('does not take the late end of an earlier call for that of its probe', async () => {
    const { clock, breaker } = made({ failures: 1, openMs: 100 });
    const [early = -1, late = -1] = [breaker.enter(), breaker.enter()];
    breaker.settle(early, 'failure');
    clock.advance(100);
    const probe = breaker.enter();
    breaker.settle(late, 'success');
    expect([breaker.state, breaker.enter()]).toEqual(['half_open', undefined]);
    breaker.settle(probe ?? -1, 'failure');
    expect(breaker.state).toBe('open');
  });

  it('counts what its parameter says; other errors show that there is an answer', async () => {
    const { clock, breaker } = made({ failures: 2, openMs: 100 }, (error) => {
      if (error instanceof TypeError) throw error;
      return error instanceof Error && error.message === 'down';
    });
    await failTimes(breaker, 1);
    await expect(breaker.execute(() => Promise.reject(new Error('no such thing')))).rejects.toThrow('no such thing');
    expect(breaker.state).toBe('closed');
    // What cannot be told apart is taken for a failure.
    await expect(breaker.execute(() => Promise.reject(new TypeError('odd')))).rejects.toThrow('odd');
    expect(breaker.state).toBe('open');
    clock.advance(100);
    await expect(breaker.execute(() => Promise.reject(new Error('no such thing')))).rejects.toThrow('no such thing');
    expect(breaker.state).toBe('closed');
    expect(breaker.counts).toEqual({ successes: 0, failures: 2, rejections: 0, opens: 1 });
  });
});

describe('a breaker by the share of failures', () => {
  const policy = { share: 0.5, windowMs: 1_000, leastCalls: 4, openMs: 100 };

  it('opens at the share, not before there are enough calls', async () => {
    const { breaker } = made(policy);
    await failTimes(breaker, 2);
    await breaker.execute(answers);
    expect(breaker.state).toBe('closed');
    await failTimes(breaker, 1);
    expect(breaker.state).toBe('open');
  });

  it('forgets what is older than its window', async () => {
    const { clock, breaker } = made(policy);
    await failTimes(breaker, 3);
    clock.advance(1_100);
    for (let call = 0; call < 4; call += 1) await breaker.execute(answers);
    await failTimes(breaker, 3);
    expect(breaker.state).toBe('closed');
    clock.advance(600);
    await failTimes(breaker, 1);
    expect(breaker.state).toBe('open');
  });

  it('begins anew when it closes', async () => {
    const { clock, breaker } = made(policy);
    await failTimes(breaker, 4);
    clock.advance(100);
    await breaker.execute(answers);
    await failTimes(breaker, 3);
    expect(breaker.state).toBe('closed');
  });
});

describe('a breaker by hand', () => {
  it('stays open until it is closed', async () => {
    const { clock, breaker } = made({ failures: 1, openMs: 100 });
    breaker.isolate();
    clock.advance(1_000_000);
    await expect(breaker.execute(answers)).rejects.toMatchObject({ code: 'CIRCUIT_OPEN', retryAfterMs: 1_000 });
    breaker.close();
    expect(await breaker.execute(answers)).toBe('answer');
    await failTimes(breaker, 1);
    breaker.isolate();
    clock.advance(100);
    expect([breaker.state, breaker.counts.opens]).toEqual(['open', 2]);
  });
});

describe('who watches breakers', () => {
  it('is told of each change, also by time alone; who throws disturbs nobody', async () => {
    const { clock, failures, breakers, breaker } = made({ failures: 1, openMs: 100 });
    const told: string[] = [];
    breaker.watch(() => {
      throw new Error('no');
    });
    const own = breaker.watch(({ from, to }) => void told.push(`${from}>${to}`));
    breakers.watch(({ name, to }) => void told.push(`${name}:${to}`));
    await failTimes(breaker, 1);
    clock.advance(100);
    own[Symbol.dispose]();
    await breaker.execute(answers);
    expect(told.toSorted()).toEqual(
      ['closed>open', 'opa:a:open', 'open>half_open', 'opa:a:half_open', 'opa:a:closed'].toSorted(),
    );
    expect(failures).toHaveLength(3);
  });
});

describe('the breakers of a process', () => {
  it('are listed by name until their disposal; of one name the oldest', () => {
    const { breakers, breaker } = made();
    const other = breakers.named('provider:b');
    const same = breakers.named('opa:a', { failures: 1 });
    expect([breakers.names, breakers.list()]).toEqual([
      ['opa:a', 'provider:b'],
      [breaker, other],
    ]);
    breaker[Symbol.dispose]();
    breaker[Symbol.dispose]();
    expect(breakers.find('opa:a')).toBe(same);
    same[Symbol.dispose]();
    other[Symbol.dispose]();
    expect([breakers.names, breakers.find('opa:a')]).toEqual([[], undefined]);
  });

  it('end together where they were made by one group, and later ones of it are not listed', () => {
    const { breakers } = made();
    const group = breakers.group();
    group.named('provider:b');
    group.named('provider:c');
    expect(breakers.names).toEqual(['opa:a', 'provider:b', 'provider:c']);
    group[Symbol.dispose]();
    group[Symbol.dispose]();
    group.named('provider:d');
    expect(breakers.names).toEqual(['opa:a']);
  });

  it('do not share their failures', async () => {
    const { breakers, breaker } = made({ failures: 1 });
    const staged = breakers.named('opa:a', { failures: 1 });
    await failTimes(staged, 1);
    expect([staged.state, breaker.state, breakers.find('opa:a')?.state]).toEqual(['open', 'closed', 'closed']);
  });

  it('are listed up to a bound, and work beyond it', async () => {
    const clock = new ManualClock();
    const breakers = new CircuitBreakers({ clock, timers: clock, most: 1 });
    breakers.named('a');
    const beyond = breakers.named('b', { failures: 1 });
    expect(breakers.names).toEqual(['a']);
    await failTimes(beyond, 1);
    expect(beyond.state).toBe('open');
    beyond[Symbol.dispose]();
    expect(breakers.names).toEqual(['a']);
  });

  it.each([{ failures: 0 }, { failures: 1, openMs: -1 }, { share: 2, windowMs: 1 }, { failures: 1, other: 1 }, 'none'])(
    'refuse a policy that is none: %j',
    (policy) => {
      const call = () => new CircuitBreakers().named('a', policy as BreakerPolicy);
      expect(call).toThrow(expect.objectContaining({ code: 'CONFIGURATION_INVALID' }));
    },
  );
});
