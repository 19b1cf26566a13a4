import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemRandom } from '@charterbus/core-models';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { operatorToken } from '../../src/serve/operator-token.js';
import { scratchDirectory } from '../support/server-process.js';

describe("the operator's token", () => {
  let scratch: ReturnType<typeof scratchDirectory>;
  let file: string;

  beforeEach(() => {
    scratch = scratchDirectory();
    file = join(scratch.path, 'operator.token');
  });
  afterEach(() => scratch[Symbol.dispose]());

  const read = (configured?: string) => operatorToken(scratch.path, configured, systemRandom);

  it('is made once, for its owner alone, and nothing else is left', () => {
    const first = read();
    expect(first.token).toMatch(/^cbo_[\w-]{43}$/);
    expect(first.place).toBe(file);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readFileSync(file, 'utf8')).toBe(`${first.token}\n`);
    expect(readdirSync(scratch.path)).toEqual(['operator.token']);
    expect(read()).toEqual(first);
  });

  it('is made anew over what an interrupted start left', () => {
    writeFileSync(`${file}.new`, 'half a tok', { mode: 0o644 });
    expect(read().token).toMatch(/^cbo_/);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it('of the configuration goes before that of the file', () => {
    expect(read('configured-token-x')).toEqual({ token: 'configured-token-x', place: 'CHARTERBUS_OPERATOR_TOKEN' });
    expect(readdirSync(scratch.path)).toEqual([]);
  });

  it.each([0o640, 0o604, 0o660, 0o644])('of a file with the mode %o is refused', (mode) => {
    writeFileSync(file, 'a-token-of-sixteen-or-more\n');
    chmodSync(file, mode);
    expect(() => read()).toThrow('can be read by others');
  });

  it('is refused where it is too short, no plain file, or a link', () => {
    writeFileSync(file, 'short\n', { mode: 0o600 });
    expect(() => read()).toThrow('must be 16 to 256 visible ASCII characters');
    const directory = join(scratch.path, 'other');
    mkdirSync(join(directory, 'operator.token'), { recursive: true });
    expect(() => operatorToken(directory, undefined, systemRandom)).toThrow('is not in a plain file');
    const linked = join(scratch.path, 'linked');
    mkdirSync(linked);
    symlinkSync(file, join(linked, 'operator.token'));
    expect(() => operatorToken(linked, undefined, systemRandom)).toThrow('cannot be read (ELOOP)');
  });
});
