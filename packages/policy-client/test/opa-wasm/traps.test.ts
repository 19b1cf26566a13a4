import { opa, requireService } from '@charterbus/tooling/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { importSdk, type WasmPolicy } from '../../src/opa-wasm/sdk.js';
import { compileRego } from '../support/rego.js';
import { RuntimeError } from '../support/runtime-error.js';

/**
 * What makes the wrapper necessary, shown on the real SDK. Where a new version behaves better, a test fails and says
 * which precaution has become superfluous.
 */
const start = async (rego: string, entrypoints: readonly string[] = ['traps/main']): Promise<WasmPolicy> => {
  const loaded = await importSdk();
  const wasm = compileRego(rego, entrypoints);
  return loaded.loadPolicySync(new Uint8Array(wasm) as never, { initial: 16, maximum: 1_024 });
};

const bytesOf = (text: string): ArrayBuffer => new TextEncoder().encode(text).slice().buffer;

/** What is thrown, whatever it is. */
const thrown = (body: () => unknown): unknown => {
  try {
    body();
  } catch (error) {
    return error;
  }
  throw new Error('Nothing was thrown.');
};

beforeEach((context) => void requireService(context, opa));

describe('the SDK of compiled Rego by itself', () => {
  it('answers an empty set for what is undefined', async () => {
    const policy = await start('package traps\n\nmain := true if input.a == 1');
    expect(policy.evaluate({ a: 1 }, 0)).toEqual([{ result: true }]);
    expect(policy.evaluate({ a: 2 }, 0)).toEqual([]);
  });

  it('takes a text for the input itself, not for JSON', async () => {
    const policy = await start('package traps\n\ndefault main := false\n\nmain if input.a == 1');
    expect(policy.evaluate('{"a":1}' as never, 0)).toEqual([{ result: false }]);
    expect(policy.evaluate(bytesOf('{"a":1}'), 0)).toEqual([{ result: true }]);
  });

  it('takes malformed bytes for no input, without a word', async () => {
    const policy = await start('package traps\n\nmain := true if not input.blocked');
    expect(policy.evaluate(bytesOf('{"blocked":true}'), 0)).toEqual([]);
    // It evaluates nothing at all, or without the input; either way nobody is told.
    expect(() => policy.evaluate(bytesOf('{"blocked":true'), 0)).not.toThrow();
  });

  it('takes an error of a builtin for undefined, has no strict mode, and so passes over a forbid that errs', async () => {
    const policy = await start('package traps\n\nmain := true if 1 / input.zero == 1');
    expect(policy.evaluate({ zero: 0 }, 0)).toEqual([]);
    const forbid = await start(
      'package traps\n\nforbids contains "x" if 1 / input.zero == 1\n\nmain := count(forbids) == 0',
    );
    expect(forbid.evaluate({ zero: 0 }, 0)).toEqual([{ result: true }]);
  });

  it('throws a text for a conflict, and works on', async () => {
    const policy = await start('package traps\n\nmain := true if input.a\n\nmain := false if input.b');
    expect(thrown(() => policy.evaluate({ a: true, b: true }, 0))).toBeTypeOf('string');
    expect(policy.evaluate({ a: true }, 0)).toEqual([{ result: true }]);
  });

  it('throws a plain object for a builtin that it lacks, when it is called', async () => {
    const policy = await start('package traps\n\nmain := time.now_ns()');
    const error = thrown(() => policy.evaluate({}, 0));
    expect(error).not.toBeInstanceOf(Error);
    expect(error).toMatchObject({ message: expect.stringContaining('not implemented') as string });
  });

  it('writes null for what is not a number', async () => {
    const policy = await start('package traps\n\nmain := input.a == null');
    expect(policy.evaluate({ a: Number.NaN }, 0)).toEqual([{ result: true }]);
  });

  it('runs number 0 where no entrypoint is named', async () => {
    const two = 'package traps\n\nmain := true\n\nother := false';
    const policy = await start(two, ['traps/main', 'traps/other']);
    const first = Object.entries(policy.entrypoints).find(([, number]) => number === 0)?.[0];
    const missing = policy.entrypoints['traps/mispelt'] as unknown as number;
    expect(policy.evaluate({}, missing)).toEqual([{ result: first === 'traps/main' }]);
  });

  it('sees no data where they were not set', async () => {
    const policy = await start('package traps\n\nmain := true if not data.blocked[input.id]');
    expect(policy.evaluate({ id: 'a' }, 0)).toEqual([{ result: true }]);
    policy.setData({ blocked: { a: true } });
    expect(policy.evaluate({ id: 'a' }, 0)).toEqual([]);
  });

  it('keeps integers exact in bytes, and rounds them in objects', async () => {
    const policy = await start('package traps\n\nmain := input.n == 9007199254740993');
    expect(policy.evaluate(bytesOf('{"n":9007199254740993}'), 0)).toEqual([{ result: true }]);
    expect(policy.evaluate(JSON.parse('{"n":9007199254740993}') as object, 0)).toEqual([{ result: false }]);
  });

  it('overflows on deep input, and works on', async () => {
    const policy = await start('package traps\n\nmain := count(input.a) >= 0');
    const deep = bytesOf(`{"a":${'['.repeat(20_000)}${']'.repeat(20_000)}}`);
    const error = thrown(() => policy.evaluate(deep, 0));
    expect(error instanceof RangeError || error instanceof RuntimeError).toBe(true);
    expect(policy.evaluate({ a: [] }, 0)).toEqual([{ result: true }]);
  });

  it('grows with its inputs, and does not shrink', async () => {
    const policy = await start('package traps\n\nmain := count(input.a) >= 0');
    const before = policy.mem.buffer.byteLength;
    policy.evaluate({ a: Array.from({ length: 100_000 }, (_, index) => `text ${index}`) }, 0);
    const grown = policy.mem.buffer.byteLength;
    expect(grown).toBeGreaterThan(before);
    policy.evaluate({ a: [] }, 0);
    expect(policy.mem.buffer.byteLength).toBe(grown);
  });
});
