import { mkdir, mkdtemp, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { dataLimits, readDataDirectory } from '../../src/index.js';
import { refusal } from '../support/problems.js';

let root = '';
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'charterbus-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

const write = (name: string, text = '{}'): Promise<void> => writeFile(join(root, name), text);

describe('readDataDirectory', () => {
  it('reads each slot, sorted, and passes over what is none', async () => {
    for (const name of ['users.json', 'flights.json', 'README.md', '.hidden.json', 'users.json.bak']) await write(name);
    await mkdir(join(root, 'old'));
    const files = await readDataDirectory(root);
    expect(files.map(({ path, bytes }) => [path, Buffer.from(bytes).toString()])).toEqual([
      ['flights.json', '{}'],
      ['users.json', '{}'],
    ]);
  });

  it('refuses links, directories and what is too large', async () => {
    await write('real');
    await symlink(join(root, 'real'), join(root, 'linked.json'));
    expect((await refusal(readDataDirectory(root))).problems).toEqual([
      { file: 'linked.json', message: 'cannot be read, or is a link (ELOOP).' },
    ]);
    await rm(join(root, 'linked.json'));
    await mkdir(join(root, 'nested.json'));
    expect((await refusal(readDataDirectory(root))).problems).toEqual([
      { file: 'nested.json', message: 'is not a plain file.' },
    ]);
    await rm(join(root, 'nested.json'), { recursive: true });
    await write('large.json');
    await truncate(join(root, 'large.json'), dataLimits.fileBytes + 1);
    expect((await refusal(readDataDirectory(root))).problems).toEqual([
      { file: 'large.json', message: 'is larger than 67108864 bytes.' },
    ]);
  });

  it('refuses too many files and a directory that is not there', async () => {
    for (let number = 0; number <= dataLimits.files; number++) await write(`${number}.json`);
    expect((await refusal(readDataDirectory(root))).problems).toMatchObject([{ file: '.' }]);
    const nowhere = await refusal(readDataDirectory(join(root, 'nowhere')));
    expect(nowhere.problems).toEqual([{ file: '.', message: 'the directory of data cannot be read (ENOENT).' }]);
    expect(nowhere.message).not.toContain(root);
  });

  it('stops when aborted', async () => {
    await write('a.json');
    await expect(readDataDirectory(root, AbortSignal.abort(new Error('stop')))).rejects.toThrow('stop');
  });
});
