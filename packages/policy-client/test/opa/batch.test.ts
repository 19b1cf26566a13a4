import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { opa, requireService, startOpa } from '@charterbus/tooling/testing';
import { expect, it } from 'vitest';
import type { EngineRequest, EngineSnapshot } from '../../src/index.js';
import { batchServer, type Item } from '../support/batch-server.js';
import { illServer, reply } from '../support/ill-server.js';
import { opaSnapshot, query } from '../support/opa.js';
import { never } from '../support/requests.js';

const from = (id: string): EngineRequest => ({ ...query, sender: { ...query.sender, id } });
const senderOf = (input: unknown): string => (input as EngineRequest).sender.id;
const allowed = { decision: 'allow', policies: ['charterbus/decision'], errors: [] };
const denied = { ...allowed, decision: 'deny' };
const errs = (error: string) => ({ decision: 'deny', policies: [], errors: [expect.stringContaining(error)] });

const decide = (input: unknown): Item => {
  const id = senderOf(input);
  if (id === 'erring') return 'error';
  return id === 'unknown' ? 'undefined' : { result: id !== 'bad' };
};

const many = async (snapshot: EngineSnapshot, ids: readonly string[], signal = never) => {
  const answers = await snapshot.evaluateMany?.(ids.map(from), signal);
  await snapshot.close();
  return answers;
};

it('several requests go in one, and each gets its own answer', async () => {
  await using server = await batchServer(decide);
  const snapshot = await opaSnapshot({ url: server.url });
  expect(await many(snapshot, ['good', 'bad', 'fine'])).toEqual([allowed, denied, allowed]);
  expect(server.batches).toHaveLength(1);
  expect(server.singles).toHaveLength(0);
});

it('equal requests are asked once', async () => {
  await using server = await batchServer(decide);
  const snapshot = await opaSnapshot({ url: server.url });
  expect(await many(snapshot, ['good', 'bad', 'good', 'good', 'bad'])).toEqual([
    allowed,
    denied,
    allowed,
    allowed,
    denied,
  ]);
  expect(server.batches.map((inputs) => Object.keys(inputs).length)).toEqual([2]);
});

it('what is undefined or fails denies itself and nothing else', async () => {
  await using server = await batchServer(decide);
  const snapshot = await opaSnapshot({ url: server.url });
  expect(await many(snapshot, ['good', 'erring', 'unknown', 'fine'])).toEqual([
    allowed,
    errs('with an error'),
    errs('is undefined'),
    allowed,
  ]);
});

it('where all fail all are denied', async () => {
  await using server = await batchServer(() => 'error');
  const snapshot = await opaSnapshot({ url: server.url });
  const error = errs('not understood');
  expect(await many(snapshot, ['a', 'b'])).toEqual([error, error]);
});

it('many go in several batches', async () => {
  await using server = await batchServer(decide);
  const snapshot = await opaSnapshot({ url: server.url });
  const ids = Array.from({ length: 250 }, (_, index) => (index % 7 === 0 ? 'bad' : `good-${index}`));
  expect(await many(snapshot, ids)).toEqual(ids.map((id) => (id === 'bad' ? denied : allowed)));
  expect(server.batches.map((inputs) => Object.keys(inputs).length)).toEqual([100, 100, 15]);
});

it('none and one are no batch', async () => {
  await using server = await batchServer(decide);
  expect(await many(await opaSnapshot({ url: server.url }), [])).toEqual([]);
  expect(await many(await opaSnapshot({ url: server.url }), ['good'])).toEqual([allowed]);
  expect([server.batches.length, server.singles.length]).toEqual([0, 1]);
});

type Answer = Record<string, unknown> & { responses: Record<string, unknown> };

it.each<readonly [string, (answer: Answer) => unknown, readonly unknown[]]>([
  [
    'leaves one out',
    ({ responses: { '0': first } }) => ({ responses: { '0': first } }),
    [allowed, errs('left this one out')],
  ],
  [
    'answers one too many',
    ({ responses }) => ({ responses: { ...responses, '2': { result: true } } }),
    [errs('not asked'), errs('not asked')],
  ],
  [
    'answers another one',
    ({ responses: { '0': first } }) => ({ responses: { '7': first } }),
    [errs('left this'), errs('left this')],
  ],
  ['has no responses', () => ({ result: true }), [errs('no responses'), errs('no responses')]],
  [
    'has a list of responses',
    ({ responses }) => ({ responses: Object.values(responses) }),
    [errs('no responses'), errs('no responses')],
  ],
  ['says more', (answer) => ({ ...answer, partial: true }), [errs('no responses'), errs('no responses')]],
  [
    'has true for an answer',
    ({ responses }) => ({ responses: { ...responses, '1': true } }),
    [allowed, errs('left this one out')],
  ],
  [
    'warns',
    ({ responses }) => ({ responses: { ...responses, '1': { result: true, warning: {} } } }),
    [allowed, errs('warning')],
  ],
  [
    'has a status that is another',
    ({ responses }) => ({ responses: { ...responses, '1': { result: true, http_status_code: '403' } } }),
    [allowed, errs('with an error')],
  ],
])('a batch that %s denies what it is about', async (_name, change, expected) => {
  await using server = await batchServer(decide, (answer) => change(answer as Answer));
  expect(await many(await opaSnapshot({ url: server.url }), ['good', 'fine'])).toEqual(expected);
});

it('each item of a batch must state the revision', async () => {
  const provenance = { bundles: { b: { revision: '7' } } };
  await using server = await batchServer(
    () => ({ result: true }),
    (answer) => {
      const { responses } = answer as Answer;
      return { responses: { '0': { ...(responses['0'] as object), provenance }, '1': responses['1'] } };
    },
  );
  const snapshot = await opaSnapshot({ url: server.url, bundle: { name: 'b', revision: '7' } });
  expect(await many(snapshot, ['a', 'b'])).toEqual([allowed, errs('no revision of the bundle')]);
});

it('what is asked at the same moment goes in one batch, and whoever goes takes nobody along', async () => {
  const stop = new AbortController();
  await using server = await batchServer((input) => {
    stop.abort();
    return decide(input);
  });
  const snapshot = await opaSnapshot({ url: server.url });
  const asked = [from('good'), from('bad'), from('good')].map((request, index) =>
    snapshot.evaluate(request, index === 1 ? stop.signal : never),
  );
  expect(await Promise.all(asked)).toEqual([allowed, denied, allowed]);
  expect(await snapshot.evaluate(from('fine'), never)).toEqual(allowed);
  expect([server.batches.length, server.singles.length]).toEqual([1, 1]);
  await snapshot.close();
});

it('where all have gone, nobody is asked any more', async () => {
  await using server = await batchServer(decide);
  const snapshot = await opaSnapshot({ url: server.url });
  const asked = ['a', 'b'].map((id) => snapshot.evaluate(from(id), AbortSignal.abort()));
  expect(await Promise.all(asked)).toEqual([errs('Nobody waits'), errs('Nobody waits')]);
  expect(server.batches).toHaveLength(0);
  await snapshot.close();
});

it('a request that cannot be put denies itself and nothing else', async () => {
  await using server = await batchServer(decide);
  const snapshot = await opaSnapshot({ url: server.url });
  const large = { ...query, facts: { text: 'x'.repeat(300_000) } };
  const strange = { ...query, facts: { number: Number.NaN } };
  const answers = await snapshot.evaluateMany?.([from('good'), large, strange, from('bad')], never);
  expect(answers).toEqual([allowed, errs('larger than'), errs('cannot be put'), denied]);
  await snapshot.close();
});

it('a server without batches is asked one by one, and found out once', async () => {
  let most = 0;
  let now = 0;
  await using server = await illServer((socket, request) => {
    if (request.includes('/v1/batch/'))
      return void socket.write(reply('404 page not found', ['Content-Type: text/plain'], '404 Not Found'));
    most = Math.max(most, ++now);
    setImmediate(() => {
      now--;
      socket.write(reply(request.includes('"bad-') ? '{"result":false}' : '{"result":true}'));
    });
    return undefined;
  });
  const snapshot = await opaSnapshot({ url: server.url });
  const ids = Array.from({ length: 60 }, (_, index) => `${index % 2 === 0 ? 'bad' : 'good'}-${index}`);
  const expected = ids.map((id) => (id.startsWith('bad') ? denied : allowed));
  expect(await snapshot.evaluateMany?.(ids.map(from), never)).toEqual(expected);
  expect(await many(snapshot, ids)).toEqual(expected);
  expect(server.requests.filter((request) => request.includes('/v1/batch/'))).toHaveLength(1);
  expect(most).toBeLessThanOrEqual(16);
});

it('a batch that fails is not tried one by one', async () => {
  await using server = await illServer((socket) => socket.write(reply('{}', [], '400 Bad Request')));
  const error = errs('the status 400');
  expect(await many(await opaSnapshot({ url: server.url }), ['a', 'b'])).toEqual([error, error]);
  expect(server.requests).toHaveLength(1);
});

it('whoever goes gets denials', async () => {
  const stop = new AbortController();
  await using server = await illServer(() => stop.abort());
  const error = errs('Nobody waits');
  expect(await many(await opaSnapshot({ url: server.url }), ['a', 'b'], stop.signal)).toEqual([error, error]);
});

it('a real OPA, which knows no batches, answers each', async (context) => {
  requireService(context, opa);
  const directory = await mkdtemp(join(tmpdir(), 'opa-batch-'));
  const policy = 'package charterbus\n\ndecision := input.sender.id != "bad"\n';
  await writeFile(join(directory, 'policy.rego'), policy);
  await using server = await startOpa({ args: [join(directory, 'policy.rego')] });
  const snapshot = await opaSnapshot({ url: server.url });
  expect(await many(snapshot, ['good', 'bad', 'good'])).toEqual([allowed, denied, allowed]);
  await rm(directory, { recursive: true });
});
