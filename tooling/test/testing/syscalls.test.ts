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

test('names that come, go and change are read, and openings that make none are not', () => {
  const [a, b] = [hex('/d/a'), hex('/d/b')];
  const text = [
    `7 openat(AT_FDCWD<${hex('/')}>, "${a}", O_RDWR|O_CREAT|O_NOFOLLOW|O_CLOEXEC, 0644) = 5<${a}>`,
    `7 openat(AT_FDCWD<${hex('/')}>, "${b}", O_WRONLY|O_CREAT|O_TRUNC|O_CLOEXEC, 0600) = 6<${b}>`,
    `7 openat(AT_FDCWD<${hex('/')}>, "${hex('/d')}", O_RDONLY|O_CLOEXEC) = 7<${hex('/d')}>`,
    `7 openat(AT_FDCWD<${hex('/')}>, "${b}", O_RDWR|O_CREAT|O_CLOEXEC, 0600) = -1 EACCES (Permission denied)`,
    `7 fsync(7<${hex('/d')}>) = 0`,
    `7 rename("${a}", "${b}") = 0`,
    `7 unlink("${b}") = 0`,
    `7 unlink("${b}") = -1 ENOENT (No such file or directory)`,
  ].join('\n');
  expect(readSyscalls(text)).toEqual([
    { kind: 'create', path: '/d/a', empties: false },
    { kind: 'create', path: '/d/b', empties: true },
    { kind: 'sync', path: '/d' },
    { kind: 'rename', path: '/d/a', to: '/d/b' },
    { kind: 'remove', path: '/d/b' },
  ]);
});
