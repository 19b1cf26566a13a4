import { dirname } from 'node:path';
import type { Syscall } from './syscalls.js';

/** Random bytes, seeded by whoever tests. */
export interface Chance {
  bytes(count: number): Uint8Array;
}

type Change = Extract<Syscall, { readonly kind: 'write' | 'truncate' }>;

/** A disk writes so many bytes at once, or none of them. */
const sector = 512;

/** A file: what surely is on the disk, and what was written since the last sync of it. */
class File {
  #durable: Buffer = Buffer.alloc(0);
  readonly #pending: Change[] = [];

  change(change: Change): void {
    this.#pending.push(change);
  }

  sync(): void {
    for (const change of this.#pending) this.#durable = applied(this.#durable, change);
    this.#pending.length = 0;
  }

  /**
   * Linux marks what it could not write as clean: no later sync writes it. What is written to the place anew is dirty
   * again, so only that is forgotten here.
   */
  failToSync(): void {
    this.#pending.length = 0;
  }

  /** What a loss of power may leave: some of what was pending, in any order, and some of that torn. */
  afterLoss(random: Chance): Buffer {
    const survivors = this.#pending.filter(() => below(random, 2) === 0);
    const shuffled = survivors
      .map((change) => ({ change, rank: below(random, 65_536) }))
      .toSorted((left, right) => left.rank - right.rank);
    const start: Buffer = Buffer.from(this.#durable);
    return shuffled.flatMap(({ change }) => torn(change, random)).reduce(applied, start);
  }

  /** What is left where nothing that was pending got to the disk. */
  get durable(): Buffer {
    return this.#durable;
  }
}

const below = (random: Chance, most: number): number => {
  const [high = 0, low = 0] = random.bytes(2);
  return (high * 256 + low) % most;
};

/** What of one write may get to the disk. */
const torn = (change: Change, random: Chance): readonly Change[] => {
  if (change.kind === 'truncate' || below(random, 4) > 0) return [change];
  // Sectors go to the disk in any order: those in the middle may be there without those before.
  const sectors = Array.from({ length: Math.ceil(change.data.length / sector) }, (_, place) => place * sector);
  return sectors
    .filter(() => below(random, 2) === 0)
    .map((start) => ({
      ...change,
      offset: change.offset + start,
      data: change.data.subarray(start, start + sector),
    }));
};

const applied = (image: Buffer, change: Change): Buffer => {
  if (change.kind === 'truncate') {
    return Buffer.concat([image.subarray(0, change.size)], change.size);
  }
  const end = change.offset + change.data.length;
  const grown = image.length >= end ? image : Buffer.concat([image], end);
  change.data.copy(grown, change.offset);
  return grown;
};

/** A change of names that the directory has not been synced after. */
interface NameChange {
  readonly directory: string;
  apply(names: Map<string, File>): void;
}

/** Files under names, of which some are not surely on the disk: a file that was synced may be lost with its name. */
class Names {
  readonly #current = new Map<string, File>();
  readonly #durable = new Map<string, File>();
  #pending: NameChange[] = [];

  /** The file of this name, which is made where there is none. */
  file(path: string): File {
    const known = this.#current.get(path);
    if (known !== undefined) return known;
    const file = new File();
    this.#change(path, (names) => names.set(path, file));
    return file;
  }

  has(path: string): boolean {
    return this.#current.has(path);
  }

  remove(path: string): void {
    this.#change(path, (names) => names.delete(path));
  }

  rename(path: string, to: string): void {
    const file = this.file(path);
    this.#change(path, (names) => names.delete(path));
    this.#change(to, (names) => names.set(to, file));
  }

  syncDirectory(directory: string): void {
    for (const change of this.#pending) if (change.directory === directory) change.apply(this.#durable);
    this.#pending = this.#pending.filter((change) => change.directory !== directory);
  }

  /** With some of what the directories were not synced after. */
  afterLoss(survives: () => boolean): ReadonlyMap<string, File> {
    const names = new Map(this.#durable);
    for (const change of this.#pending) if (survives()) change.apply(names);
    return names;
  }

  #change(path: string, apply: (names: Map<string, File>) => void): void {
    apply(this.#current);
    this.#pending.push({ directory: dirname(path), apply });
  }
}

/** The files of one store as a disk without power would have them. */
export class Disk {
  readonly #names = new Names();
  readonly #ignoresSyncOf: RegExp | undefined;

  /** @param ignoresSyncOf a disk that lies about the syncs of these files or directories: to see that the judge notices. */
  constructor(ignoresSyncOf?: RegExp) {
    this.#ignoresSyncOf = ignoresSyncOf;
  }

  apply(call: Syscall): void {
    switch (call.kind) {
      case 'said':
        return;
      case 'create':
        if (call.empties) this.#names.file(call.path).change({ kind: 'truncate', path: call.path, size: 0 });
        else this.#names.file(call.path);
        return;
      case 'remove':
        return this.#names.remove(call.path);
      case 'rename':
        return this.#names.rename(call.path, call.to);
      case 'failed-sync':
        return this.#names.file(call.path).failToSync();
      case 'sync':
        return this.#sync(call.path);
      default:
        return this.#names.file(call.path).change(call);
    }
  }

  /** Each file after a loss of power at this moment. */
  afterLoss(random: Chance): ReadonlyMap<string, Buffer> {
    const nothingSurvives = below(random, 3) === 0;
    const names = this.#names.afterLoss(() => !nothingSurvives && below(random, 2) === 0);
    return new Map(
      [...names].map(([path, file]) => [path, nothingSurvives ? file.durable : file.afterLoss(random)] as const),
    );
  }

  #sync(path: string): void {
    if (this.#ignoresSyncOf?.test(path) === true) return;
    if (this.#names.has(path)) this.#names.file(path).sync();
    else this.#names.syncDirectory(path);
  }
}
