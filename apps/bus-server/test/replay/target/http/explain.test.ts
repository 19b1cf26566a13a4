import { seededRandom, systemClock, systemTimers } from '@charterbus/core-models';
import { describe, expect, it } from 'vitest';
import { BusClient } from '../../../../src/replay/target/http/bus-client.js';
import { openServerTarget } from '../../../../src/replay/target/http/server-target.js';
import type { ReplayTarget } from '../../../../src/replay/target/replay-target.js';

const constitution = { name: 'workshop', revision: 1, hash: 'h'.repeat(64), shortHash: 'h'.repeat(16) };
const listener = { arrived: () => {}, failed: () => {} };

interface Asked {
  readonly path: string;
  readonly authorization: string | null;
}

/** A server that knows its constitution and answers one trace. */
const setUp = async (trace: Response): Promise<{ readonly target: ReplayTarget; readonly asked: readonly Asked[] }> => {
  const asked: Asked[] = [];
  const client = new BusClient({
    url: new URL('http://bus.example:7420'),
    clock: systemClock,
    timers: systemTimers,
    random: seededRandom(1),
    halt: AbortSignal.abort(),
    fetch: (url, init = {}) => {
      const { pathname } = url as URL;
      asked.push({ path: pathname, authorization: new Headers(init.headers).get('authorization') });
      return Promise.resolve(pathname === '/v1/constitution' ? Response.json(constitution) : trace);
    },
  });
  return { target: await openServerTarget({ client, operatorToken: 'op', tenant: 'replay-1' }, listener), asked };
};

const problem = (status: number, code: string): Response =>
  Response.json({ code, detail: `It is ${code}.` }, { status });

describe('what a server says of a denied message', () => {
  it('is asked for as the operator, who sees the values of facts', async () => {
    const source = { policy: 'R1', file: 'policies/rules.cedar', line: 3 };
    const facts = {
      action: 'refund',
      digest: 'd',
      read: [
        { name: 'paid', value: { amount: 38 } },
        { name: 'card', redacted: true },
      ],
      slots: { tickets: 'e' },
    };
    const told = { point: 'send', effect: 'deny', sources: [{ ...source, column: 1 }], facts };
    const trace = Response.json({ message: {}, verdicts: [{ effect: 'allow' }, told] });
    const { target, asked } = await setUp(trace);
    expect(await target.explain('m/1', 'deny')).toEqual({ sources: [source], facts });
    expect(asked.at(-1)).toEqual({ path: '/v1/messages/m%2F1', authorization: 'Bearer op' });
  });

  it.each(['MESSAGE_GONE', 'MESSAGE_NOT_FOUND'])('is nothing where the server keeps it no longer: %s', async (code) => {
    const { target } = await setUp(problem(410, code));
    expect(await target.explain('m', 'deny')).toEqual({});
  });

  it('is a failure where the server refuses', async () => {
    const { target } = await setUp(problem(401, 'CREDENTIAL_REFUSED'));
    await expect(target.explain('m', 'deny')).rejects.toThrow('CREDENTIAL_REFUSED');
  });

  it('tells no policies unless a constitution is at hand', async () => {
    const { target } = await setUp(Response.json({}));
    expect(target.policies.size).toBe(0);
  });
});
