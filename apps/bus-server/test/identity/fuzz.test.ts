import { describe, expect, it } from 'vitest';
import { fuzz, type Report } from './support/fuzz.js';
import type { Mutation } from './support/world.js';

const seconds = Number(process.env['CHARTERBUS_FUZZ_SECONDS'] ?? 0);
const first = Number(process.env['CHARTERBUS_SEED'] ?? 20_261_201);

const leaks = ({ log, secrets }: Report): readonly string[] => secrets.filter((secret) => log.includes(secret));

/** Both ways for each kind: what is never refused, or never succeeds, shows nothing. */
const oneSided = ({ outcomes }: Report): readonly string[] =>
  [...outcomes].filter(([, { succeeded, refused }]) => succeeded === 0 || refused === 0).map(([name]) => name);

/** No fault of the server: the requests go through sockets. */
const overSockets: Mutation = {
  speak:
    (_, { bench }) =>
    async ({ method, url, token, body }) => {
      const response = await fetch(`${await bench.url()}${url}`, {
        method,
        headers: {
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      const parsed = text === '' ? {} : (JSON.parse(text) as Record<string, unknown>);
      return { status: response.status, headers: Object.fromEntries(response.headers), body: parsed, text };
    },
};

describe('whoever speaks as another', () => {
  it('gets nothing done, seen or taken, by whatever token, path or body', { timeout: 60_000 }, async () => {
    const report = await fuzz(first, { isOver: (requests) => requests >= 1500 });
    expect(report.fault).toBeUndefined();
    expect(leaks(report)).toEqual([]);
    expect(report.log).toContain('request refused');
    expect(oneSided(report).filter((name) => !['challenge', 'overwrite'].includes(name))).toEqual([]);
  });

  it('gets nothing over sockets either', { timeout: 60_000 }, async () => {
    const report = await fuzz(first + 1, { mutation: overSockets, isOver: (requests) => requests >= 300 });
    expect([report.fault, report.requests]).toEqual([undefined, 300]);
    expect(leaks(report)).toEqual([]);
  });

  it(`gets nothing however long it tries, from the seed ${first} on`, {
    timeout: (seconds + 60) * 1000,
  }, async (context) => {
    if (seconds === 0) context.skip('CHARTERBUS_FUZZ_SECONDS=600 tries it for so long');
    const end = performance.now() + seconds * 1000;
    let requests = 0;
    for (let seed = first; performance.now() < end; seed += 1) {
      const report = await fuzz(seed, { isOver: (count) => count >= 4000 || performance.now() > end });
      expect(report.fault).toBeUndefined();
      expect(leaks(report)).toEqual([]);
      requests += report.requests;
    }
    console.log(`${requests} requests`);
  });
});
