import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { htmlReport } from '../../../../src/replay/report/html/html-report.js';
import { anyText, hostileTexts, inTurn, poisonedReport } from '../hostile.js';
import { sampleReport } from '../sample-report.js';

/** The tags of a page and their attributes, in their order. */
const skeleton = (page: string): readonly string[] => page.match(/<[^>]*>/g) ?? [];

describe('the HTML report', () => {
  it('says what was replayed, under which constitution, and what was stopped by which rule', () => {
    const page = htmlReport(sampleReport());
    expect(page).toMatch(/^<!doctype html><html lang="en">/);
    for (const text of [
      '33 of 40 tool calls would have been stopped: 32 denied, 1 held for a decision.',
      'workshop, revision 3',
      'abababababababab',
      'Money goes back within two weeks of collection, and never more than was paid.',
      'policies/counter.cedar:8',
      'Shown: the first 1 of 31 calls.',
      'The brakes that you mounted last week squeal.',
      'currency: crowns, amount: 38',
      'not shown',
      'was not available',
      'Each conversation goes on as it was recorded',
      'line 4 (The line is not JSON.)',
    ]) {
      expect(page).toContain(text);
    }
  });

  it('lets itself load and run nothing but its own style', () => {
    const page = htmlReport(sampleReport());
    const [, style = ''] = /<style>(.*?)<\/style>/s.exec(page) ?? [];
    const digest = createHash('sha256').update(style).digest('base64');
    const [, policy] = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(page) ?? [];
    expect(policy?.replaceAll('&#x27;', "'")).toBe(
      `default-src 'none'; style-src 'sha256-${digest}'; base-uri 'none'; form-action 'none'`,
    );
    expect(page).not.toMatch(/<script|<link|<iframe|<img|\son\w+=|\sstyle=|(?:src|href)="(?!#)|url\(|@import/);
  });

  it('has the same markup whatever was recorded', { timeout: 60_000 }, () => {
    const plain = skeleton(htmlReport(poisonedReport(() => 'plain')));
    expect(skeleton(htmlReport(poisonedReport(inTurn(hostileTexts))))).toEqual(plain);
    fc.assert(
      fc.property(fc.array(anyText, { minLength: 1, maxLength: 8 }), (texts) => {
        expect(skeleton(htmlReport(poisonedReport(inTurn(texts))))).toEqual(plain);
      }),
      { seed: 7, numRuns: 60 },
    );
  });

  it('holds no character that reorders other text or is not seen', () => {
    const page = htmlReport(poisonedReport(inTurn(hostileTexts)));
    expect(page).not.toMatch(/(?![\n\u200c\u200d])[\p{Cc}\p{Cf}\p{Cs}]/u);
  });

  it('is whole where there is little to tell', () => {
    const { totals, constitution: _unknown, ...report } = sampleReport();
    const none = { sent: 0, allowed: 0, denied: 0, escalated: 0 };
    const empty = { ...report, outcome: 'failed' as const, problems: ['It broke.'], calls: [], stopped: [] };
    const page = htmlReport({ ...empty, totals: { ...totals, calls: none, byTool: [] } });
    expect(page).toContain('The replay failed: It broke.');
    expect(page).not.toMatch(/<table|<svg|By rule/);
  });
});
