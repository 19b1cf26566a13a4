import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openTrace } from '../../../src/replay/trace/open-trace.js';
import { collect, temporaryDirectory } from '../support.js';

const never = new AbortController().signal;

describe('opening a trace', () => {
  it('gives its bytes and their number', async () => {
    const path = join(await temporaryDirectory(), 'trace');
    await writeFile(path, 'abc');
    const { bytes, size } = await openTrace(path, never);
    expect(size).toBe(3);
    expect(Buffer.concat(await collect(bytes)).toString()).toBe('abc');
  });

  it('ends with nothing more when it is aborted', async () => {
    const path = join(await temporaryDirectory(), 'trace');
    await writeFile(path, 'abc');
    const { bytes } = await openTrace(path, AbortSignal.abort());
    expect(await collect(bytes)).toEqual([]);
  });

  it('says in one sentence what is the matter', async () => {
    const directory = await temporaryDirectory();
    const empty = join(directory, 'empty');
    await writeFile(empty, '');
    await mkdir(join(directory, 'folder'));
    const opened = (name: string) => openTrace(join(directory, name), never);
    await expect(opened('missing')).rejects.toThrow(/^The trace .*missing does not exist\.$/);
    await expect(opened('empty/below')).rejects.toThrow(/does not exist\.$/);
    await expect(opened('folder')).rejects.toThrow(/is a directory; name a file of JSON lines\.$/);
    await expect(opened('empty')).rejects.toThrow(/is empty\.$/);
    await expect(opened('x'.repeat(300))).rejects.toThrow(/cannot be read \(ENAMETOOLONG\)\.$/);
  });
});
