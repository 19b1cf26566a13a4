import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it, test } from 'vitest';
import { openSqliteStore } from '../../src/index.js';
import { rowsNamespace } from '../../src/testing/index.js';
import { temporaryDirectory } from '../support/directories.js';
import { flipped, type Killed, killedStore, openImage, writeImage } from '../support/killed-image.js';

const corrupt = { code: 'STORE_CORRUPT' };

/** What became of each damage: said, or without effect; anything else is a loss that nobody hears of. */
const outcomesOf = async (
  { names }: Killed,
  damages: Iterable<{ readonly what: string; readonly image: Parameters<typeof openImage>[0] }>,
) => {
  const directory = temporaryDirectory();
  const counts = { said: 0, harmless: 0 };
  const silent: string[] = [];
  for (const { what, image } of damages) {
    const found = await openImage(image, directory);
    if ('code' in found) counts.said += found.code === corrupt.code ? 1 : Number.NaN;
    else if (found.length === names.length && found.every((name, place) => name === names[place])) counts.harmless += 1;
    else silent.push(`${what}: ${found.length} of ${names.length} rows`);
  }
  return { ...counts, silent };
};

describe('the write-ahead log of a process that was killed', () => {
  it('is read whole where nothing is wrong with it', async () => {
    const { image, names } = await killedStore(40, 300);
    expect(await openImage(image, temporaryDirectory())).toEqual(names);
  });

  it('is said to be damaged whichever bit of it is turned, or loses nothing', async () => {
    const killed = await killedStore(40, 300);
    const { image } = killed;
    const step = Math.floor(image.log.length / 150) | 1;
    const places = Array.from({ length: Math.floor(image.log.length / step) }, (_, number) => number * step);
    const damages = [...Array.from({ length: 32 }, (_, place) => place), ...places].map((place) => ({
      what: `bit at ${place}`,
      image: { ...image, log: flipped(image.log, place) },
    }));
    const { said, silent } = await outcomesOf(killed, damages);
    expect(silent).toEqual([]);
    expect(said).toBeGreaterThan(damages.length * 0.8);
  }, 120_000);

  it('is said to be damaged where it ends too soon, or is not there at all', async () => {
    const killed = await killedStore(40, 300);
    const { image } = killed;
    const lengths = Array.from({ length: 50 }, (_, part) => Math.floor((image.log.length * part) / 50));
    const damages = lengths.map((length) => ({
      what: `cut at ${length}`,
      image: { ...image, log: image.log.subarray(0, length) },
    }));
    const without = { what: 'removed', image: { main: image.main, mark: image.mark } };
    const { said, silent } = await outcomesOf(killed, [...damages, without]);
    expect(silent).toEqual([]);
    expect(said).toBe(damages.length + 1);
  }, 120_000);

  it('without its mark, is said to be damaged wherever a later transaction proves it', async () => {
    const killed = await killedStore(40, 300);
    const { main, log } = killed.image;
    // The last two transactions, of a few pages each, have nothing behind them that could prove anything.
    const proven = log.length - 12 * (4096 + 24);
    const places = Array.from({ length: 60 }, (_, part) => 32 + Math.floor(((proven - 32) * part) / 60));
    const damages = places.map((place) => ({ what: `bit at ${place}`, image: { main, log: flipped(log, place) } }));
    expect(await outcomesOf(killed, damages)).toEqual({ said: damages.length, harmless: 0, silent: [] });
  }, 120_000);

  it('may end in a torn transaction, which nobody was told of', async () => {
    const { image, names } = await killedStore(40, 300);
    const directory = temporaryDirectory();
    const frame = 4096 + 24;
    for (const tail of [1, 24, 500, frame, 3 * frame + 7]) {
      const torn = Buffer.concat([image.log, Buffer.alloc(tail, 0xa5)]);
      expect(await openImage({ ...image, log: torn }, directory)).toEqual(names);
    }
    // Nobody has marked the last one yet: it was not acknowledged, as far as anybody knows.
    const { main, log } = image;
    expect(await openImage({ main, log: log.subarray(0, log.length - 1) }, directory)).toEqual(names.slice(0, -1));
  });
});

describe('a log that was used again from its start', () => {
  it('is read whole, with what is left of its earlier use behind it', async () => {
    const killed = await killedStore(30, 4000, 60);
    expect(killed.image.log.readUInt32BE(12)).toBeGreaterThan(0);
    expect(await openImage(killed.image, temporaryDirectory())).toEqual(killed.names);
  });

  it('is not taken for damaged by a mark of its earlier use', async () => {
    const killed = await killedStore(30, 4000, 60);
    const { mark, ...image } = killed.image;
    const older = await killedStore(2, 300);
    expect(older.image.mark.equals(mark)).toBe(false);
    expect(await openImage({ ...image, mark: older.image.mark }, temporaryDirectory())).toEqual(killed.names);
  });
});

test('a log that another program carried over and removed is not missed', async () => {
  const { image, names } = await killedStore(20, 300);
  const directory = temporaryDirectory();
  writeImage(image, directory);
  const shell = new DatabaseSync(join(directory, 'store.sqlite'));
  shell.prepare('SELECT count(*) FROM rows_items').get();
  shell.close();
  await using store = await openSqliteStore({ directory, namespaces: [rowsNamespace] });
  expect(store.read('rows', 'all', [])).toHaveLength(names.length);
});

test('a file from before the log was carried over is not taken for the whole', async () => {
  const { image } = await killedStore(20, 300);
  expect(await openImage({ main: image.main, mark: image.mark }, temporaryDirectory())).toEqual(corrupt);
});

test('a mark that is damaged itself says nothing, and neither does one of nothing', async () => {
  const { image, names } = await killedStore(20, 300);
  const directory = temporaryDirectory();
  for (const mark of [flipped(image.mark, 17), image.mark.subarray(0, 20), Buffer.alloc(36), Buffer.alloc(0)]) {
    expect(await openImage({ ...image, mark }, directory)).toEqual(names);
  }
});
