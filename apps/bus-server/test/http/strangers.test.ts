import { ManualClock } from '@charterbus/core-models';
import { describe, expect, it } from 'vitest';
import { networkOf, Strangers } from '../../src/http/strangers.js';
import { refusalIn, ServerBench } from '../support/server-bench.js';

const limit = { atOnce: 20, perSecond: 5 };

describe('strangers', () => {
  it('are answered so often and no more, each address on its own', () => {
    const clock = new ManualClock();
    const strangers = new Strangers(clock, limit);
    for (let count = 0; count < limit.atOnce; count += 1) strangers.admit('192.0.2.1');
    expect(() => strangers.admit('192.0.2.1')).toThrow('Too many requests without a token');
    expect(() => strangers.admit('::ffff:192.0.2.1')).toThrow('Too many requests without a token');
    expect(() => strangers.admit('192.0.2.2')).not.toThrow();
    clock.advance(1000);
    for (let count = 0; count < limit.perSecond; count += 1) strangers.admit('192.0.2.1');
    expect(() => strangers.admit('192.0.2.1')).toThrow('Too many requests without a token');
  });

  it('of one network of IPv6 count together', () => {
    expect(networkOf('2001:db8:1:2:3:4:5:6')).toBe(networkOf('2001:db8:1:2::9'));
    expect(networkOf('2001:db8:1:3::9')).not.toBe(networkOf('2001:db8:1:2::9'));
    expect(networkOf('2001:db8::1')).toBe('2001:db8:0:0');
    expect(networkOf('::1')).toBe('0:0:0:0');
  });
});

describe('strangers over HTTP', () => {
  it('are told to wait, and nobody with a token is', async () => {
    const clock = new ManualClock();
    await using bench = await ServerBench.open({}, { clock, timers: clock, strangers: limit });
    const { token } = await bench.register({ id: 'worker', tenant: 'acme' });
    const ask = (agent: string) => bench.ask('POST', '/v1/sessions/challenge', { body: { tenant: 'acme', agent } });
    for (let count = 0; count < limit.atOnce; count += 1) await ask('worker');
    const [known, unknown] = [await ask('worker'), await ask('nobody')];
    expect(refusalIn(known)).toBe('TOO_MANY_REQUESTS');
    expect(unknown.text).toBe(known.text);
    expect(known.headers['retry-after']).toBe('1');
    expect((await bench.ask('GET', '/v1/agents/worker', { token })).status).toBe(200);
    clock.advance(1000);
    expect((await ask('worker')).status).toBe(200);
  });
});
