import { ManualClock } from '@charterbus/core-models';
import { expect, test } from 'vitest';
import { UsedChallenges } from '../../src/credentials/used-challenges.js';
import { createMemoryRegistry } from '../../src/index.js';
import { makeKey, proofOf } from '../../src/testing/keys.js';
import { codeOf } from '../support/redis.js';

const alice = { tenant: 'acme', agent: 'alice' };
const bob = { tenant: 'acme', agent: 'bob' };

test('what was used is forgotten in time, and only then makes room', () => {
  const clock = new ManualClock();
  const used = new UsedChallenges(clock);
  const claim = (place: number) => used.claim(alice, `digest-${place}`, 1000);
  for (let place = 0; place < 64; place += 1) {
    expect(claim(place)).toBe('first');
    clock.advance(10);
  }
  expect([claim(0), claim(64), used.claim(bob, 'digest-64', 1000)]).toEqual(['used', 'full', 'first']);
  clock.advance(1000 - 640);
  expect([claim(65), claim(66), claim(1)]).toEqual(['first', 'full', 'used']);
  clock.advance(1000);
  expect(claim(1)).toBe('first');
});

test('a proof counts for the agent as it is when its turn comes: one that was ended or took another key meanwhile is refused', async () => {
  await using registry = createMemoryRegistry();
  const { privateKey, publicKey } = makeKey();
  const draft = { id: 'alice', tenant: 'acme', publicKey };
  await registry.register(draft);
  const session = registry.openSession(await proofOf(registry, alice, privateKey));
  const changed = registry.update(alice, { publicKey: makeKey().publicKey });
  expect(await codeOf(session)).toBe('CREDENTIAL_REFUSED');
  await changed;
  await registry.update(alice, { publicKey });
  const again = registry.reregister(draft, await proofOf(registry, alice, privateKey, draft));
  const ended = registry.unregister(alice);
  expect(await codeOf(again)).toBe('CREDENTIAL_REFUSED');
  await ended;
  expect(registry.find(alice)).toBeUndefined();
});
