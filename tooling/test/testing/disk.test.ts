import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Chance, Disk } from '../../testing/power-loss/disk.js';
import type { Syscall } from '../../testing/power-loss/syscalls.js';

const chances = fc.infiniteStream(fc.nat(255)).map(
  (numbers): Chance => ({
    bytes: (count) => Uint8Array.from({ length: count }, () => Number(numbers.next().value)),
  }),
);

const write = (path: string, text: string, offset = 0): Syscall => ({
  kind: 'write',
  path,
  offset,
  data: Buffer.from(text),
});
const sync = (path: string): Syscall => ({ kind: 'sync', path });

/** Everything that a loss of power may leave of a file, as far as chance finds it. */
const leftOf = (calls: readonly Syscall[], path: string): ReadonlySet<string> => {
  const left = new Set<string>();
  fc.assert(
    fc.property(chances, (random) => {
      const disk = new Disk();
      for (const call of calls) disk.apply(call);
      left.add(disk.afterLoss(random).get(path)?.toString() ?? 'no file');
    }),
    { seed: 5, numRuns: 400 },
  );
  return left;
};

describe('a disk that loses its power', () => {
  it('has what was synced, in a file whose name was', () => {
    const calls = [write('/d/a', 'one'), sync('/d/a'), sync('/d')];
    expect(leftOf(calls, '/d/a')).toEqual(new Set(['one']));
  });

  it('may have lost a name, though its file was synced', () => {
    expect(leftOf([write('/d/a', 'one'), sync('/d/a')], '/d/a')).toEqual(new Set(['one', 'no file']));
  });

  it('has of what was written since any part, in any order', () => {
    const calls = [write('/d/a', 'xxx'), sync('/d/a'), sync('/d'), write('/d/a', 'one'), write('/d/a', 'two')];
    expect(leftOf(calls, '/d/a')).toEqual(new Set(['xxx', 'one', 'two']));
  });

  it('may have torn a write into sectors, of which some are there without those before them', () => {
    const sectors = ['a', 'b'].map((letter) => letter.repeat(512));
    const calls = [write('/d/a', '-'.repeat(1024)), sync('/d/a'), sync('/d'), write('/d/a', sectors.join(''))];
    const seconds = [...leftOf(calls, '/d/a')].map((text) => `${text[0]}${text[512]}`);
    expect(new Set(seconds)).toEqual(new Set(['--', 'a-', '-b', 'ab']));
  });

  it('may have a removed file still, or the one that took its name', () => {
    const before = [write('/d/a', 'old'), sync('/d/a'), write('/d/b', 'new'), sync('/d/b'), sync('/d')];
    expect(leftOf([...before, { kind: 'remove', path: '/d/a' }], '/d/a')).toEqual(new Set(['old', 'no file']));
    const renamed = leftOf([...before, { kind: 'rename', path: '/d/b', to: '/d/a' }], '/d/a');
    expect(renamed).toEqual(new Set(['old', 'new']));
  });

  it('has forgotten what a failed sync was to write', () => {
    const calls: readonly Syscall[] = [
      write('/d/a', 'one'),
      sync('/d/a'),
      sync('/d'),
      write('/d/a', 'two'),
      { kind: 'failed-sync', path: '/d/a' },
      sync('/d/a'),
    ];
    expect(leftOf(calls, '/d/a')).toEqual(new Set(['one']));
  });
});
