import { ManualClock, seededRandom } from '@charterbus/core-models';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { BusClient, type BusRequest } from '../../../../src/replay/target/http/bus-client.js';
import { retryAfterMs, retryDelay } from '../../../../src/replay/target/http/retry.js';

type Answer = Response | Error;

const problem = (status: number, code: string, headers: Record<string, string> = {}, more: object = {}): Response =>
  new Response(JSON.stringify({ code, detail: `It is ${code}.`, ...more }), { status, headers });

/** Waits take no time, and are written down. */
const setUp = (answers: readonly Answer[], halt = new AbortController()) => {
  const waits: number[] = [];
  const requests: { readonly url: string; readonly init: RequestInit }[] = [];
  const left = [...answers];
  const clock = new ManualClock();
  const client = new BusClient({
    url: new URL('http://bus.example:7420'),
    clock,
    timers: {
      after: (delayMs, callback) => {
        waits.push(delayMs);
        queueMicrotask(callback);
        return { [Symbol.dispose]: () => {} };
      },
    },
    random: seededRandom(1),
    retry: { attempts: 4, backoffMs: 100, longestMs: 5000 },
    halt: halt.signal,
    fetch: (url, init = {}) => {
      requests.push({ url: (url as URL).href, init });
      const answer = left.shift() ?? new Error('no more answers');
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
    },
  });
  const answer = z.object({ id: z.number() });
  const request: BusRequest<{ id: number }> = { method: 'POST', path: '/v1/x', token: 't', body: { a: 1 }, answer };
  return { client, waits, requests, request };
};

const fine = (): Response => new Response('{"id":7}');
const cut = (): Error =>
  Object.assign(new TypeError('fetch failed'), { cause: Object.assign(new Error(), { code: 'ECONNRESET' }) });

describe('a request', () => {
  it('carries the token and never follows a redirect with it', async () => {
    const { client, requests, request } = setUp([fine()]);
    expect(await client.request(request)).toEqual({ id: 7 });
    expect(requests).toMatchObject([
      {
        url: 'http://bus.example:7420/v1/x',
        init: { method: 'POST', redirect: 'error', body: '{"a":1}', headers: { authorization: 'Bearer t' } },
      },
    ]);
  });

  it('is tried again as late as the server asks, by its problem document or its header', async () => {
    const busy = problem(429, 'QUEUE_FULL', { 'retry-after': '3' }, { retryAfterMs: 1200 });
    const { client, waits, request } = setUp([busy, problem(503, 'BUS_DRAINING', { 'retry-after': '2' }), fine()]);
    expect(await client.request(request)).toEqual({ id: 7 });
    expect(waits).toEqual([1200, 2000]);
  });

  it('is tried again after lost answers, later and later', async () => {
    const { client, waits, request } = setUp([
      cut(),
      new Response('', { status: 502 }),
      problem(503, 'BUS_DRAINING'),
      fine(),
    ]);
    expect(await client.request(request)).toEqual({ id: 7 });
    expect(waits).toSatisfy(([first, second, third]: number[]) => first! >= 50 && second! >= 100 && third! >= 200);
  });

  it('gives up after so many attempts', async () => {
    const lost = setUp([cut(), cut(), cut(), cut(), fine()]);
    await expect(lost.client.request(lost.request)).rejects.toThrow(
      'The server at http://bus.example:7420 cannot be reached (ECONNRESET).',
    );
    const busy = setUp(Array.from({ length: 5 }, () => problem(503, 'STORE_UNAVAILABLE')));
    await expect(busy.client.request(busy.request)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    expect(busy.requests).toHaveLength(4);
  });

  it('is not tried again for what will not pass, or once the replay is to end', async () => {
    const denied = setUp([problem(403, 'POLICY_DENIED'), fine()]);
    await expect(denied.client.request(denied.request)).rejects.toMatchObject({
      code: 'POLICY_DENIED',
      afterUnknown: false,
    });
    const halt = new AbortController();
    halt.abort();
    const ending = setUp([problem(503, 'BUS_DRAINING'), fine()], halt);
    await expect(ending.client.request(ending.request)).rejects.toMatchObject({ code: 'BUS_DRAINING' });
  });

  it('says whether an attempt before the refusal may have been carried out', async () => {
    const { client, request } = setUp([cut(), problem(409, 'LEASE_LOST')]);
    await expect(client.request(request)).rejects.toMatchObject({ code: 'LEASE_LOST', afterUnknown: true });
  });

  it('ends with its signal', async () => {
    const { client, requests, request } = setUp([cut(), fine()]);
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(client.request({ ...request, signal })).rejects.toThrow('enough');
    expect(requests).toHaveLength(1);
  });

  it('does not take another kind of server for a bus', async () => {
    const page = setUp([new Response('<html>')]);
    await expect(page.client.request(page.request)).rejects.toThrow(/does not answer as a Charterbus server does\.$/);
    const missing = setUp([new Response('<html>', { status: 404 })]);
    await expect(missing.client.request(missing.request)).rejects.toThrow(/HTTP status 404 and no problem document\.$/);
  });
});

describe('waits', () => {
  it('are bounded, whatever the server asks for', () => {
    const options = { attempts: 9, backoffMs: 100, longestMs: 1000 };
    const random = seededRandom(1);
    expect(retryDelay(1, 86_400_000, options, random)).toBe(1000);
    expect(retryDelay(30, undefined, options, random)).toBeLessThanOrEqual(1000);
  });

  it.each([
    [null, undefined],
    ['7', 7000],
    ['soon', undefined],
    ['Thu, 01 Jan 1970 00:00:09 GMT', 8000],
    ['Thu, 01 Jan 1970 00:00:00 GMT', 0],
  ])('Retry-After: %s', (header, expected) => {
    expect(retryAfterMs(header, 1000)).toBe(expected);
  });
});
