import { expect, it } from 'vitest';
import { loadConstitution, staticEngine } from '../../src/index.js';
import { toFiles } from '../support/files.js';
import { query } from '../support/opa.js';
import { refusal } from '../support/problems.js';
import { manifestOf } from '../support/rego.js';
import { agent, never, request } from '../support/requests.js';
import { snapshotOf } from '../support/snapshots.js';

const load = (more = '') => loadConstitution(toFiles({ 'manifest.yaml': manifestOf('static', more) }));

it('static allows in the same tenant, and nothing across', async () => {
  await using constitution = await load();
  const allowed = { effect: 'allow', policies: ['static.attested'] };
  expect(await constitution.judge(request(), never)).toMatchObject(allowed);
  expect(await constitution.judge(request({ point: 'receive' }), never)).toMatchObject(allowed);
  const across = request({ recipient: agent('rival', 'worker') });
  expect(await constitution.judge(across, never)).toMatchObject({
    effect: 'deny',
    reasons: ['static.boundary'],
    code: 'POLICY_DENIED',
  });
  expect(constitution.policies.get('static.attested')).toMatchObject({
    effect: 'permit',
    file: 'manifest.yaml',
    line: 1,
  });
});

it('static looks at sender, recipient and tenant, and at nothing else', async () => {
  const snapshot = await snapshotOf(staticEngine(), toFiles({ 'manifest.yaml': manifestOf('static') }));
  const { recipient: _, ...toEveryone } = query;
  expect(snapshot.reads?.('send')).toEqual({ context: new Set(), facts: new Set() });
  // Every recipient of its tenant is like every other.
  expect(snapshot.reads?.('receive')?.recipient).toEqual({ attributes: new Set(), named: new Set() });
  expect(snapshot.evaluate(toEveryone, never)).toMatchObject({ decision: 'allow' });
  expect(snapshot.evaluate({ ...toEveryone, tenant: 'rival' }, never)).toMatchObject({ decision: 'deny' });
  expect(snapshot.evaluate({ ...query, sender: { ...query.sender, tenant: 'rival' } }, never)).toMatchObject({
    decision: 'deny',
  });
  await snapshot.close();
  expect(() => snapshot.evaluate(query, never)).toThrow('closed');
});

it('static is refused where the attestation, its only rest, is not required', async () => {
  const { problems } = await refusal(load('attestation: optional\n'));
  expect(problems).toEqual([
    { file: 'manifest.yaml', message: 'attestation: must be required where the engine static rests on nothing else.' },
  ]);
});

it('static holds no policies', async () => {
  const cedar = '@id("a") permit (principal, action, resource);';
  const files = toFiles({ 'manifest.yaml': manifestOf('static'), 'policies/own.cedar': cedar });
  const { problems } = await refusal(loadConstitution(files));
  expect(problems).toEqual([
    {
      file: 'policies/own.cedar',
      message: expect.stringContaining('would not be in force: it belongs to the engine cedar') as string,
    },
  ]);
});
