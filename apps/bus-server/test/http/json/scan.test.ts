import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jsonPointer, scanJson } from '../../../src/http/json/scan.js';

describe('the scan of a JSON text', () => {
  it('finds nothing in what JSON.stringify writes', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), fc.boolean(), (value, indented) => {
        const text = JSON.stringify(value, undefined, indented ? 2 : undefined);
        const findings = scanJson(text, 64).findings.filter(({ why }) => !why.includes('__proto__'));
        expect(findings).toEqual([]);
      }),
    );
  });

  it('finds a key that stands twice, however it is written', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), fc.jsonValue({ maxDepth: 3 }), (key, value) => {
        const escaped = key.replaceAll(/[^]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
        fc.pre(key !== '__proto__');
        const inside = JSON.stringify(value);
        const { findings } = scanJson(`[0,{${JSON.stringify(key)}:${inside},"${escaped}":1}]`, 64);
        expect(findings.some(({ path }) => path[0] === 1 && path[1] === key)).toBe(true);
      }),
    );
  });

  it('finds __proto__, also behind escapes and quotes', () => {
    const text = String.raw`{"a\\\"":[{"b":"\\"},{"\u005f_proto__":1}]}`;
    expect(scanJson(text, 64).findings).toEqual([{ path: ['a\\"', 1, '__proto__'], why: 'has the key __proto__' }]);
  });

  it('keeps one finding for each place below the first step', () => {
    const { findings } = scanJson('{"m":[{"a":1,"a":1,"a":1},{},{"b":1,"b":1}]}', 64);
    expect(findings.map(({ path }) => jsonPointer(path))).toEqual(['/m/0/a', '/m/2/b']);
  });

  it('stops at more nesting than allowed', () => {
    expect(scanJson('['.repeat(64), 64).excess).toBeUndefined();
    expect(scanJson('['.repeat(1_000_000), 64).excess).toBe('is nested deeper than 64 levels');
  });

  it('takes time in proportion to the text, however many findings stand below however long a key', () => {
    const text = `{"m":{"${'k'.repeat(1_200_000)}":{${'"a":1,'.repeat(200_000)}"b":1}}}`;
    expect(scanJson(text, 64).findings.map(({ path }) => path[2])).toEqual(['a']);
  });

  it('stops at more findings than any batch has messages', () => {
    const { findings, excess } = scanJson(`[${'{"a":1,"a":1},'.repeat(1001)}{}]`, 64);
    expect([findings.length, excess]).toEqual([1001, undefined]);
    expect(scanJson(`[${'{"a":1,"a":1},'.repeat(100_000)}{}]`, 64).excess).toContain('too many');
    expect(scanJson(`{${'"a":1,'.repeat(100_000)}"a":1}`, 64).excess).toContain('too many');
  });

  it('stops at an object with more keys than a message can have', () => {
    const object = (keys: number) => `{${Array.from({ length: keys }, (_, key) => `"${key}":0`).join()}}`;
    expect(scanJson(object(65_536), 64).excess).toBeUndefined();
    expect(scanJson(object(65_537), 64).excess).toBe('has an object with more than 65536 keys');
  });

  it('ends for every text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(scanJson(text, 64).excess).toBeUndefined();
      }),
    );
  });
});
