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
    return shuffled.reduce((image, { change }) => applied(image, torn(change, random)), start);
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

const torn = (change: Change, random: Chance): Change => {
  if (change.kind === 'truncate' || below(random, 4) > 0) return change;
  const sectors = Math.ceil(change.data.length / sector);
  return { ...change, data: change.data.subarray(0, sector * below(random, sectors + 1)) };
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

/** The files of one store as a disk without power would have them. */
export class Disk {
  readonly #files = new Map<string, File>();
  readonly #ignoresSyncOf: RegExp | undefined;

  /** @param ignoresSyncOf a disk that lies about the syncs of these files: to see that the judge notices. */
  constructor(ignoresSyncOf?: RegExp) {
    this.#ignoresSyncOf = ignoresSyncOf;
  }

  apply(call: Syscall): void {
    if (call.kind === 'said') return;
    const file = this.#files.get(call.path) ?? new File();
    this.#files.set(call.path, file);
    if (call.kind === 'failed-sync') file.failToSync();
    else if (call.kind !== 'sync') file.change(call);
    else if (this.#ignoresSyncOf?.test(call.path) !== true) file.sync();
  }

  /** Each file after a loss of power at this moment. */
  afterLoss(random: Chance): ReadonlyMap<string, Buffer> {
    const nothingSurvives = below(random, 3) === 0;
    return new Map(
      [...this.#files].map(([path, file]) => [path, nothingSurvives ? file.durable : file.afterLoss(random)]),
    );
  }
}
