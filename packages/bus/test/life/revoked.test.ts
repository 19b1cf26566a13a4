import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defaultConstitutionDirectory, readConstitutionDirectory } from '@charterbus/policy-client';
import { rulesConstitution } from '@charterbus/policy-client/testing';
import { expect, onTestFinished, test } from 'vitest';
import { createBus } from '../../src/index.js';
import { sqliteBackend } from '../../src/sqlite.js';
import { claimAll, plainRules, refusal, sendHeld, startFleet, toWorker } from '../support/fleet.js';

const other = () => rulesConstitution([...plainRules, { id: 'other', effect: 'permit' }]);

test('of what was revoked nothing passes until another one is in force', async () => {
  const { bus, planner, worker } = await startFleet();
  const { constitution } = bus.operations;
  const { messageId } = await planner.send(toWorker());
  const held = await sendHeld(planner);
  const { hash } = bus.constitution;
  expect(await constitution.revoke(hash, { why: 'it was forged' })).toMatchObject({ kind: 'revoke', hash });
  expect((await refusal(planner.send(toWorker()))).code).toBe('CONSTITUTION_REVOKED');
  expect(await claimAll(worker)).toEqual([]);
  const [letter] = (await bus.operations.deadLetters()).items;
  expect(letter).toMatchObject({ messageId, reason: 'CONSTITUTION_REVOKED' });
  const { deliveries } = await bus.operations.release(held.messageId, 'ok');
  expect(deliveries).toMatchObject([{ state: 'refused' }]);
  const staged = constitution.stageLoaded(other());
  await constitution.activate(staged.hash, { why: 'the right one' });
  await bus.operations.redrive(letter?.id ?? '');
  await planner.send(toWorker());
  expect(await claimAll(worker)).toHaveLength(2);
});

test('what is not in force can be revoked before it is', async () => {
  const { bus, planner } = await startFleet();
  const { constitution } = bus.operations;
  const { hash } = constitution.stageLoaded(other());
  expect(await constitution.revoke(hash, { why: 'it was forged' })).toBeUndefined();
  expect(constitution.staged).toEqual([]);
  expect(() => constitution.stageLoaded(other())).toThrow(expect.objectContaining({ code: 'BUNDLE_REVOKED' }) as Error);
  expect((await planner.send(toWorker())).status).toBe('accepted');
  expect(() => constitution.revoke('abc', { why: 'no' })).toThrow(
    expect.objectContaining({ code: 'REQUEST_INVALID' }) as Error,
  );
});

test('it is neither staged, nor rolled back to, nor in force after a restart', async () => {
  const root = await mkdtemp(join(tmpdir(), 'charterbus-revoked-'));
  onTestFinished(() => rm(root, { recursive: true }));
  const directories = await Promise.all(
    [1, 2, 3].map(async (revision) => {
      const directory = join(root, `constitution-${revision}`);
      await cp(defaultConstitutionDirectory, directory, { recursive: true });
      const manifest = join(directory, 'manifest.yaml');
      await writeFile(manifest, (await readFile(manifest, 'utf8')).replace(/^revision: .*$/m, `revision: ${revision}`));
      return directory;
    }),
  );
  const [first = '', second = '', third = ''] = directories;
  const open = (constitution: string) =>
    createBus({ constitution, backend: sqliteBackend({ directory: join(root, 'store') }) });
  const bus = await open(first);
  const hashes = [bus.constitution.hash];
  for (const directory of [second, third]) {
    const { hash } = await bus.operations.constitution.stage(await readConstitutionDirectory(directory));
    await bus.operations.constitution.activate(hash, { why: 'next' });
    hashes.push(hash);
  }
  const [firstHash, secondHash = '', thirdHash = ''] = hashes;
  await bus.operations.constitution.revoke(thirdHash, { why: 'forged' });
  await bus.operations.constitution.revoke(secondHash, { why: 'forged too' });
  await bus.drain(0);
  // Also where it is what the bus is started with.
  const again = await open(third);
  const { constitution } = again.operations;
  const { handle: planner } = await again.register({ tenant: 'acme', id: 'planner' });
  await again.register({ tenant: 'acme', id: 'worker' });
  expect((await refusal(planner.send(toWorker()))).code).toBe('CONSTITUTION_REVOKED');
  const staging = constitution.stage(await readConstitutionDirectory(second));
  expect((await refusal(staging)).code).toBe('BUNDLE_REVOKED');
  expect(await constitution.rollback({ why: 'what is left' })).toMatchObject({ hash: firstHash, kind: 'rollback' });
  expect((await planner.send(toWorker())).status).toBe('accepted');
  await again.drain(0);
});
