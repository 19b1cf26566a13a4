import { describe, expect, it } from 'vitest';
import { reportOf } from '../../bench/report.js';
import { corpus } from '../support/corpus.js';

const [development, second, heldOut] = [corpus('development'), corpus('development-2'), corpus('held-out')];

describe('the corpus', () => {
  it('has at least 880 texts, nearly half of them benign, none in two parts', () => {
    const all = [...development, ...second, ...heldOut];
    expect(all.length).toBeGreaterThanOrEqual(880);
    expect(all.filter(({ label }) => label === 'benign').length / all.length).toBeGreaterThanOrEqual(0.45);
    expect(new Set(all.map(({ text }) => text)).size).toBe(all.length);
    expect(new Set(all.map(({ language }) => language)).size).toBeGreaterThanOrEqual(10);
  });

  it('is told apart in the part that the rules were written against', () => {
    const { recall, falsePositives } = reportOf(development);
    expect(recall).toBeGreaterThanOrEqual(0.98);
    expect(falsePositives).toBeLessThanOrEqual(0.02);
  });

  it('is told apart in the part that they were corrected by', () => {
    const { recall, falsePositives } = reportOf(second);
    expect(recall).toBeGreaterThanOrEqual(0.94);
    expect(falsePositives).toBeLessThanOrEqual(0.02);
  });

  it('is told apart in the part that they were not written against', () => {
    const { recall, falsePositives } = reportOf(heldOut);
    expect(recall).toBeGreaterThanOrEqual(0.91);
    expect(falsePositives).toBeLessThanOrEqual(0.07);
  });
});
