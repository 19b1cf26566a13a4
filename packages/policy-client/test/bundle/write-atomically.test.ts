import { execFile } from 'node:child_process';
import { existsSync, mkdtempDisposableSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { mayTrace, requireService, strace } from '@charterbus/tooling/testing';
import { describe, expect, it } from 'vitest';
import { writeAtomically } from '../../src/index.js';

const run = promisify(execFile);
const scratch = () => mkdtempDisposableSync(join(tmpdir(), 'charterbus-atomic-'));

describe('a file that is replaced', () => {
  it('is the new one, readable by its owner alone, with nothing beside it', async () => {
    using directory = scratch();
    const path = join(directory.path, 'file');
    await writeAtomically(path, 'old');
    await writeAtomically(path, Buffer.from('new'));
    expect(readFileSync(path, 'utf8')).toBe('new');
    expect(readdirSync(directory.path)).toEqual(['file']);
  });

  it('is the old one where it cannot be replaced, with nothing beside it', async () => {
    using directory = scratch();
    const path = join(directory.path, 'place');
    writeFileSync(path, 'old');
    await expect(writeAtomically(join(path, 'below'), 'new')).rejects.toMatchObject({ code: 'ENOTDIR' });
    await expect(writeAtomically(directory.path, 'new')).rejects.toMatchObject({ code: 'EISDIR' });
    expect(readFileSync(path, 'utf8')).toBe('old');
    expect(existsSync(`${directory.path}.new`)).toBe(false);
  });

  it('is written through no link that somebody laid beside it', async () => {
    using directory = scratch();
    const victim = join(directory.path, 'victim');
    writeFileSync(victim, 'untouched');
    const laid = [`.file.${process.pid}.new`, ...Array.from({ length: 50 }, (_, n) => `.file.${process.pid}-${n}.new`)];
    for (const name of laid) symlinkSync(victim, join(directory.path, name));
    await writeAtomically(join(directory.path, 'file'), 'new');
    expect(readFileSync(victim, 'utf8')).toBe('untouched');
    expect(readFileSync(join(directory.path, 'file'), 'utf8')).toBe('new');
  });

  it('is one of two that are written at the same time, whole', async () => {
    using directory = scratch();
    const path = join(directory.path, 'file');
    const [long, short] = ['long'.repeat(100_000), 'short'];
    await Promise.all([writeAtomically(path, long), writeAtomically(path, short)]);
    expect([long, short]).toContain(readFileSync(path, 'utf8'));
    expect(readdirSync(directory.path)).toEqual(['file']);
  });

  it('is on the disk before it has its name, and its name is before anybody is told', async (context) => {
    const program = requireService(context, strace);
    if (!(await mayTrace(program))) context.skip('strace may not look at processes here');
    using directory = scratch();
    const [path, trace] = [join(directory.path, 'file'), join(directory.path, 'trace')];
    const script = `import { writeAtomically } from '@charterbus/policy-client'; await writeAtomically(${JSON.stringify(path)}, 'new');`;
    const calls = ['-f', '-y', '-o', trace, '-e', 'trace=write,pwrite64,fsync,rename,renameat,renameat2'];
    await run(program, [...calls, process.execPath, '--input-type=module', '-e', script], {
      cwd: new URL('../../', import.meta.url),
    });
    const steps = readFileSync(trace, 'utf8')
      .split('\n')
      .filter((line) => line.includes(directory.path))
      .map((line) => /\b(write|pwrite64|fsync|rename)/.exec(line)?.[1]);
    expect(steps).toEqual([expect.stringMatching(/^p?write/), 'fsync', 'rename', 'fsync']);
  });
});
