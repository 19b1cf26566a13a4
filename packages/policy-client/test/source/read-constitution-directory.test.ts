import { mkdir, mkdtemp, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { constitutionalHash } from '@charterbus/core-models';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { constitutionLimits, defaultConstitutionDirectory, readConstitutionDirectory } from '../../src/index.js';
import { refusal } from '../support/problems.js';

let root = '';
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'charterbus-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

const write = async (path: string, text = 'x'): Promise<void> => {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), text);
};

describe('readConstitutionDirectory', () => {
  it('reads everything, sorted, with forward slashes', async () => {
    for (const path of ['tests/a.yaml', 'manifest.yaml', 'policies/b/c.cedar', 'NOTICE', 'policies/a.cedar'])
      await write(path);
    const files = await readConstitutionDirectory(root);
    expect(files.map((file) => file.path)).toEqual([
      'NOTICE',
      'manifest.yaml',
      'policies/a.cedar',
      'policies/b/c.cedar',
      'tests/a.yaml',
    ]);
    expect(files.map((file) => Buffer.from(file.bytes).toString())).toEqual(Array(5).fill('x'));
  });

  it('reads the default constitution', async () => {
    const paths = (await readConstitutionDirectory(defaultConstitutionDirectory)).map((file) => file.path);
    expect(paths).toContain('policies/powers.cedar');
  });

  it('changes the hash with every byte, with every name, and with files it does not know', async () => {
    await write('manifest.yaml');
    const hash = async () => constitutionalHash(await readConstitutionDirectory(root));
    const hashes = new Set([await hash()]);
    await write('manifest.yaml', 'y');
    hashes.add(await hash());
    await write('NOTICE', '');
    hashes.add(await hash());
    await write('NOTICE2', '');
    hashes.add(await hash());
    expect(hashes.size).toBe(4);
  });

  it.each([
    ['a hidden file', '.env'],
    ['a hidden directory', '.git/config'],
    ['a space', 'my file'],
    ['a backslash', 'policies\\a.cedar'],
    ['another alphabet', 'policies/ä.cedar'],
    ['a policy where none is read', 'policy/a.cedar'],
    ['a policy at the top', 'a.cedar'],
    ['another kind of file among the policies', 'policies/a.ceder'],
    ['another kind of file among the data', 'data/a.csv'],
    ['another kind of file among the tests', 'tests/a.yml'],
    ['a second schema', 'policies/schema.cedarschema'],
    ['too deep a directory', `${'a/'.repeat(17)}a`],
  ])('refuses %s', async (_name, path) => {
    await write(path);
    expect((await refusal(readConstitutionDirectory(root))).code).toBe('CONSTITUTION_INVALID');
  });

  it('refuses links, to files and to directories', async () => {
    await write('manifest.yaml');
    await symlink(join(root, 'manifest.yaml'), join(root, 'NOTICE'));
    expect((await refusal(readConstitutionDirectory(root))).problems).toMatchObject([{ file: 'NOTICE' }]);
    await rm(join(root, 'NOTICE'));
    await symlink(tmpdir(), join(root, 'data'));
    expect((await refusal(readConstitutionDirectory(root))).problems).toMatchObject([{ file: 'data' }]);
  });

  it('refuses a file that is too large, and too much of it all', async () => {
    await write('manifest.yaml');
    await truncate(join(root, 'manifest.yaml'), constitutionLimits.fileBytes + 1);
    expect((await refusal(readConstitutionDirectory(root))).problems).toMatchObject([{ file: 'manifest.yaml' }]);
    for (let number = 0; number < 9; number++) {
      await write(`part${number}`);
      await truncate(join(root, `part${number}`), constitutionLimits.fileBytes - 1);
    }
    await write('manifest.yaml');
    expect((await refusal(readConstitutionDirectory(root))).message).toContain('over');
  });

  it('refuses too many files', async () => {
    await mkdir(join(root, 'policies'));
    await Promise.all(
      Array.from({ length: constitutionLimits.files + 1 }, (_, number) => write(`policies/${number}.cedar`)),
    );
    expect((await refusal(readConstitutionDirectory(root))).message).toContain('more than');
  });

  it('says that a directory is not there, without its path', async () => {
    const { message } = await refusal(readConstitutionDirectory(join(root, 'nowhere')));
    expect(message).toContain('ENOENT');
    expect(message).not.toContain(root);
  });

  it('stops when aborted', async () => {
    await write('manifest.yaml');
    await expect(readConstitutionDirectory(root, AbortSignal.abort(new Error('stop')))).rejects.toThrow('stop');
  });
});
