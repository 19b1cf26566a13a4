import { describe, expect, it } from 'vitest';
import { reportOf } from '../../bench/report.js';
import { corpus } from '../support/corpus.js';

const [development, heldOut] = [corpus('development'), corpus('held-out')];

describe('the corpus', () => {
  it('has at least 420 texts, nearly half of them benign, none in both parts', () => {
    const all = [...development, ...heldOut];
    expect(all.length).toBeGreaterThanOrEqual(420);
    expect(all.filter(({ label }) => label === 'benign').length / all.length).toBeGreaterThanOrEqual(0.45);
    expect(new Set(all.map(({ text }) => text)).size).toBe(all.length);
    expect(new Set(all.map(({ language }) => language)).size).toBeGreaterThanOrEqual(10);
  });

  it('is told apart in the part that the rules were written against', () => {
    const { recall, falsePositives } = reportOf(development);
    expect(recall).toBeGreaterThanOrEqual(0.97);
    expect(falsePositives).toBeLessThanOrEqual(0.03);
  });

  it('is told apart in the part that they were not written against', () => {
    const { recall, falsePositives } = reportOf(heldOut);
    expect(recall).toBeGreaterThanOrEqual(0.9);
    expect(falsePositives).toBeLessThanOrEqual(0.08);
  });
});
