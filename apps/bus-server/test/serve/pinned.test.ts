import { appendFileSync, cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { defaultConstitutionDirectory } from '@charterbus/policy-client';
import { expect, it } from 'vitest';
import { Client, ServerProcess, scratchDirectory } from '../support/server-process.js';

/** What agents of an older bus carry. */
const pinned = 'cdd01ef066bc6cf2';

/** The constitution that ships, pinned. */
const pinnedConstitution = (directory: string): string => {
  const constitution = join(directory, 'constitution');
  cpSync(defaultConstitutionDirectory, constitution, { recursive: true });
  const manifest = join(constitution, 'manifest.yaml');
  const text = readFileSync(manifest, 'utf8').replace(/^hash:.*\n/m, '');
  writeFileSync(manifest, `${text.trimEnd()}\nhash: { pinned: ${pinned} }\n`);
  return constitution;
};

it('a pinned constitution takes the given hash as attestation and no other; a change shows in the full hash', async () => {
  using scratch = scratchDirectory();
  const constitution = pinnedConstitution(scratch.path);
  const data = join(scratch.path, 'data');
  const inForce = async () => {
    await using server = ServerProcess.serve(data, { CHARTERBUS_CONSTITUTION: constitution });
    const url = await server.url;
    const operator = Client.operator(url, data);
    const { body } = await operator.ask('GET', '/v1/constitution');
    const sender = await operator.agent({ id: `agent-${String(body['hash']).slice(0, 8)}`, tenant: 'acme' });
    const peer = await operator.agent({ id: `peer-${String(body['hash']).slice(0, 8)}`, tenant: 'acme' });
    const self = await peer.ask('POST', '/v1/messages', draft(pinned, 'nobody'));
    const to = `peer-${String(body['hash']).slice(0, 8)}`;
    const accepted = await sender.ask('POST', '/v1/messages', draft(pinned, to));
    const refused = await sender.ask('POST', '/v1/messages', draft(String(body['hash']).slice(0, 16), to));
    return { constitution: body, accepted, refused, self };
  };
  const first = await inForce();
  expect(first.constitution).toMatchObject({ name: 'default', shortHash: pinned });
  expect(first.accepted).toMatchObject({ status: 202, body: { constitutionalHash: pinned } });
  expect(first.refused).toMatchObject({ status: 403, body: { code: 'CONSTITUTIONAL_HASH_MISMATCH' } });
  expect(first.self).toMatchObject({ status: 403, body: { code: 'RECIPIENT_UNREACHABLE' } });
  appendFileSync(join(constitution, 'policies', 'powers.cedar'), '\n// A word more.\n');
  const second = await inForce();
  expect(second.constitution['shortHash']).toBe(pinned);
  expect(second.constitution['hash']).not.toBe(first.constitution['hash']);
});

const draft = (constitutionalHash: string, agent: string) => ({
  to: { agent },
  type: 'query',
  content: 'hello',
  constitutionalHash,
});
