import { generateKeyPairSync } from 'node:crypto';
import { signMessage } from '@charterbus/core-models';
import { rulesConstitution } from '@charterbus/policy-client/testing';
import { expect, test, vi } from 'vitest';
import { refusal, toWorker } from '../support/fleet.js';
import { fleetOn, sharedRedis } from '../support/redis.js';

const redis = sharedRedis();

test('a signature that was used at one server is used at all of them', async () => {
  const constitution = rulesConstitution([{ id: 'all', effect: 'permit' }]);
  const { buses, failures } = await fleetOn(redis.url(), 2, { constitution });
  const [here, there] = buses;
  if (here === undefined || there === undefined) throw new Error('Two buses were asked for.');
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const key = publicKey.export({ format: 'jwk' }).x ?? '';
  await here.register({ tenant: 'acme', id: 'worker' });
  const { handle, token } = await here.register({ tenant: 'acme', id: 'planner', publicKey: key });
  const order = toWorker({ constitutionalHash: here.constitution.shortHash });
  const agent = { id: 'planner', tenant: 'acme' };
  const draft = signMessage(order, { agent, privateKey, now: Date.now(), nonce: 'nonce-of-its-own' });
  await handle.send(draft);
  const elsewhere = await vi.waitFor(() => there.connect(token), { timeout: 5000, interval: 5 });
  expect((await refusal(elsewhere.send(draft))).code).toBe('SIGNATURE_REPLAYED');
  const another = signMessage(order, { agent, privateKey, now: Date.now(), nonce: 'another-nonce-ab' });
  expect((await elsewhere.send(another)).status).toBe('accepted');
  expect(failures).toEqual([]);
});
