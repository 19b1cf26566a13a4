import { defaultConstitutionDirectory, loadConstitution, readConstitutionDirectory } from '@charterbus/policy-client';
import { expect, it } from 'vitest';
import { operatorToken, ServerBench } from '../../support/server-bench.js';

it('what was remembered is told to the operator', async () => {
  const constitution = await loadConstitution(await readConstitutionDirectory(defaultConstitutionDirectory));
  await using bench = await ServerBench.open({ constitution });
  const { token } = await bench.register({ id: 'planner', tenant: 'acme' });
  await bench.register({ id: 'worker', tenant: 'acme' });
  const counts = async () => (await bench.ask('GET', '/v1/constitution/cache', { token: operatorToken })).body;
  const nothing = { hits: 0, misses: 0, stale: 0, joined: 0, passed: 0, evictions: 0, entries: 0 };
  expect(await counts()).toEqual({ hash: constitution.hash, counts: nothing });
  for (let count = 0; count < 3; count++)
    await bench.ask('POST', '/v1/messages', { token, body: bench.draft('worker') });
  // Each is judged at send and at receive.
  expect(await counts()).toEqual({ hash: constitution.hash, counts: { ...nothing, misses: 2, hits: 4, entries: 2 } });
});
