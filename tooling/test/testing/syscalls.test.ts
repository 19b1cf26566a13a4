import { expect, test } from 'vitest';
import { readSyscalls } from '../../testing/power-loss/syscalls.js';

const hex = (text: string): string => [...Buffer.from(text)].map((byte) => `\\x${byte.toString(16)}`).join('');

test('calls of threads that overlap are read where they ended', () => {
  const path = `<${hex('/a')}>`;
  const text = [
    `7 pwrite64(3${path}, "${hex('xy')}", 2, 4096 <unfinished ...>`,
    `8 write(1<${hex('pipe')}>, "${hex('said')}", 4) = 4`,
    '7 <... pwrite64 resumed>) = 2',
    `7 fdatasync(3${path} <unfinished ...>`,
    `8 write(1<${hex('pipe')}>, "${hex('more')}", 4 <unfinished ...>`,
    '7 <... fdatasync resumed>) = 0',
    '8 <... write resumed>) = 4',
    `7 fsync(3${path}) = -1 EIO (Input/output error) (INJECTED)`,
    `7 pwrite64(3${path}, "${hex('z')}", 1, 0) = -1 ENOSPC (No space left on device)`,
    '7 +++ exited with 0 +++',
  ].join('\n');
  expect(readSyscalls(text)).toEqual([
    { kind: 'said', text: 'said' },
    { kind: 'write', path: '/a', offset: 4096, data: Buffer.from('xy') },
    { kind: 'sync', path: '/a' },
    { kind: 'said', text: 'more' },
    { kind: 'failed-sync', path: '/a' },
  ]);
});
