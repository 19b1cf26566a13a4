import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openTrace } from '../../../src/replay/trace/open-trace.js';
import { temporaryDirectory } from '../support.js';

const never = new AbortController().signal;

describe('opening a trace', () => {
  it('gives its bytes and their number', async () => {
    const path = join(await temporaryDirectory(), 'trace');
    await writeFile(path, 'abc');
    const { bytes, size } = await openTrace(path, never);
    expect(size).toBe(3);
    expect(Buffer.concat(await Array.fromAsync(bytes)).toString()).toBe('abc');
  });

  it('ends with nothing more when it is aborted', async () => {
    const path = join(await temporaryDirectory(), 'trace');
    await writeFile(path, 'abc');
    const { bytes } = await openTrace(path, AbortSignal.abort());
    expect(await Array.fromAsync(bytes)).toEqual([]);
  });

  it('says in one sentence what is the matter', async () => {
    const directory = await temporaryDirectory();
    const empty = join(directory, 'empty');
    await writeFile(empty, '');
    await mkdir(join(directory, 'folder'));
    const refused = (name: string) => expect(openTrace(join(directory, name), never)).rejects;
    await refused('missing').toThrow(/^The trace .*missing does not exist\.$/);
    await refused('empty/below').toThrow(/does not exist\.$/);
    await refused('folder').toThrow(/is a directory; name a file of JSON lines\.$/);
    await refused('empty').toThrow(/is empty\.$/);
    await refused('x'.repeat(300)).toThrow(/cannot be read \(ENAMETOOLONG\)\.$/);
  });
});
