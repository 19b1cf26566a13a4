import { type Agent, encodeEnvelope, ManualClock, type Message } from '@charterbus/core-models';
import { expect, test } from 'vitest';
import { type Constitution, loadConstitution } from '../../src/index.js';
import { textsWith, toFiles } from '../support/files.js';
import { agent, never, request } from '../support/requests.js';

const clock = new ManualClock();

const frozen = (id: string, role?: string): Agent =>
  Object.freeze({ ...agent('acme', id, role), capabilities: Object.freeze([]) });
const planner = frozen('planner');
const worker = frozen('worker');

const loadWith = async (policies: string, manifest = ''): Promise<Constitution> =>
  loadConstitution(toFiles(await textsWith(policies, manifest)), { clock });

const partiesOf = (message: Message, sender = planner, recipient = worker) => ({
  sender,
  recipient,
  envelope: encodeEnvelope(message),
});

/** Judges the same twice at both points, as the bus does: the second time it is remembered. */
const judgeTwice = async (constitution: Constitution, asked = request({ sender: planner, recipient: worker })) => {
  const { facts: _, ...rest } = asked;
  for (const point of ['send', 'receive', 'send', 'receive'] as const) {
    const facts = await constitution.gatherFacts({ ...rest, point }, never);
    await constitution.judge({ ...rest, point, facts }, never);
  }
  return asked.message;
};

const everything = '@id("all") permit (principal, action, resource);';

test('what was judged of a kind of message between two agents is found for the next of that kind', async () => {
  const constitution = await loadWith(everything);
  const message = await judgeTwice(constitution);
  const next = { ...message, content: { other: 1 } };
  const [send, receive] = constitution.recall(partiesOf(next), clock.now()) ?? [];
  const { digest } = encodeEnvelope(next);
  expect(send).toMatchObject({ point: 'send', effect: 'allow', policies: ['all'], binds: { messageDigest: digest } });
  expect(receive).toMatchObject({ point: 'receive', binds: { recipient: 'acme/worker', messageDigest: digest } });
});

test.each([
  ['another type', { type: 'event' }],
  ['another priority', { priority: 'high' }],
  ['an answer', { inReplyTo: 'm' }],
  ['a message to everyone', { to: { tenant: 'acme', everyone: true } }],
  ['a message of another sender', { from: 'worker' }],
  ['a message to another tenant', { to: { tenant: 'rival', agent: 'worker' } }],
] as const)('%s is not of that kind', async (_, other) => {
  const constitution = await loadWith(everything);
  const message = await judgeTwice(constitution);
  expect(constitution.recall(partiesOf({ ...message, ...other }), clock.now())).toBeUndefined();
});

test('an agent that was registered anew is another one', async () => {
  const constitution = await loadWith(everything);
  const message = await judgeTwice(constitution);
  expect(constitution.recall(partiesOf(message, planner, frozen('worker', 'judge')), clock.now())).toBeUndefined();
});

test.each([
  ['the size', '@id("small") permit (principal, action, resource) when { context.contentBytes < 100 };', ''],
  [
    'the time',
    '@id("early") permit (principal, action, resource) when { context.now < datetime("2027-01-01T00:00:00Z") };',
    'cache: { timeBucketSeconds: 60 }',
  ],
  [
    'what is answered',
    '@id("all") permit (principal, action, resource) unless { context has answersOwn && context.answersOwn };',
    '',
  ],
])('nothing is found where %s may matter', async (_, policies, manifest) => {
  const constitution = await loadWith(policies, manifest);
  const message = await judgeTwice(constitution);
  expect(constitution.recall(partiesOf(message), clock.now())).toBeUndefined();
});

test('an answer is found as long as the cache keeps it, and no longer', async () => {
  const constitution = await loadWith(everything, 'cache: { seconds: 40 }');
  const message = await judgeTwice(constitution);
  clock.advance(39_999);
  expect(constitution.recall(partiesOf(message), clock.now())).toBeDefined();
  clock.advance(1);
  expect(constitution.recall(partiesOf(message), clock.now())).toBeUndefined();
});

test('nothing is found where nothing is remembered, nor once it is closed', async () => {
  const forgetful = await loadWith(everything, 'cache: { entries: 0 }');
  expect(forgetful.recall(partiesOf(await judgeTwice(forgetful)), clock.now())).toBeUndefined();
  const constitution = await loadWith(everything);
  const message = await judgeTwice(constitution);
  await constitution.close();
  expect(constitution.recall(partiesOf(message), clock.now())).toBeUndefined();
});
