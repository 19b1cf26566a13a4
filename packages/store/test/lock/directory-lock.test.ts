import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Child } from '@charterbus/tooling/testing';
import { expect, onTestFinished, test } from 'vitest';
import { lockDirectory } from '../../src/index.js';
import { temporaryDirectory } from '../support/directories.js';
import { thrownBy } from '../support/outcomes.js';

/** A process that holds the lock, or says why it cannot. */
const holdLock = (directory: string): Child => {
  const child = new Child(new URL('../support/hold-lock.ts', import.meta.url), directory);
  onTestFinished(() => child.kill());
  return child;
};

const lockedBy = (pid: number, directory: string): object => ({
  name: 'StoreError',
  code: 'STORE_LOCKED',
  message: `Process ${pid} owns the data directory ${directory}.`,
  remedy: 'give-up',
  details: { pid },
});

test('a second owner within one process is refused, and admitted after the first', () => {
  const directory = temporaryDirectory();
  const first = lockDirectory(directory);
  expect(thrownBy(() => lockDirectory(directory))).toEqual(lockedBy(process.pid, directory));
  first[Symbol.dispose]();
  first[Symbol.dispose]();
  using second = lockDirectory(directory);
  expect(second.directory).toBe(directory);
});

test('the pid is written for people and removed at the end', () => {
  const directory = temporaryDirectory();
  const file = join(directory, 'server.pid');
  const lock = lockDirectory(directory);
  expect(readFileSync(file, 'utf8')).toBe(`${process.pid}\n`);
  lock[Symbol.dispose]();
  expect(existsSync(file)).toBe(false);
});

test('the refusal does not hang on the pid file', () => {
  const directory = temporaryDirectory();
  using _lock = lockDirectory(directory);
  writeFileSync(join(directory, 'server.pid'), 'nonsense');
  expect(() => lockDirectory(directory)).toThrow('Another process owns the data directory');
  rmSync(join(directory, 'server.pid'));
  expect(() => lockDirectory(directory)).toThrow('Another process owns the data directory');
});

test('another process owns the directory until it ends', async () => {
  const directory = temporaryDirectory();
  const owner = holdLock(directory);
  expect(await owner.line()).toBe('held');
  expect(thrownBy(() => lockDirectory(directory))).toEqual(lockedBy(owner.pid, directory));
  const rival = holdLock(directory);
  expect(JSON.parse((await rival.line()) ?? '')).toMatchObject({ code: 'STORE_LOCKED', details: { pid: owner.pid } });
  await owner.end();
  lockDirectory(directory)[Symbol.dispose]();
});

test('a killed owner leaves a pid file and no lock', async () => {
  const directory = temporaryDirectory();
  const owner = holdLock(directory);
  expect(await owner.line()).toBe('held');
  await owner.kill();
  expect(existsSync(join(directory, 'server.pid'))).toBe(true);
  using _lock = lockDirectory(directory);
  expect(readFileSync(join(directory, 'server.pid'), 'utf8')).toBe(`${process.pid}\n`);
});

test('of several that start at once exactly one becomes the owner', async () => {
  const directory = temporaryDirectory();
  const children = Array.from({ length: 6 }, () => holdLock(directory));
  const lines = await Promise.all(children.map((child) => child.line()));
  expect(lines.filter((line) => line === 'held')).toHaveLength(1);
});

test('a directory that cannot be is named in one sentence', () => {
  const file = join(temporaryDirectory(), 'file');
  writeFileSync(file, '');
  const directory = join(file, 'data');
  expect(thrownBy(() => lockDirectory(directory))).toMatchObject({ code: 'CONFIGURATION_INVALID' });
  expect(() => lockDirectory(directory)).toThrow(`The data directory ${directory} cannot be written: `);
});
