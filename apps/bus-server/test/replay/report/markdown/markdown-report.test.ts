import fc from 'fast-check';
import type { Nodes } from 'mdast';
import { fromMarkdown } from 'mdast-util-from-markdown';
import { gfmFromMarkdown } from 'mdast-util-gfm';
import { gfm } from 'micromark-extension-gfm';
import { describe, expect, it } from 'vitest';
import { markdownReport } from '../../../../src/replay/report/markdown/markdown-report.js';
import { anyText, hostileTexts, inTurn, poisonedReport } from '../hostile.js';
import { sampleReport } from '../sample-report.js';

const parse = (document: string): Nodes =>
  fromMarkdown(document, { extensions: [gfm()], mdastExtensions: [gfmFromMarkdown()] });

/** The blocks of a document, as a reader's program takes them; the text within is left out. */
const blocks = (node: Nodes): readonly string[] => {
  if (node.type === 'paragraph' || node.type === 'tableCell' || node.type === 'heading') return [node.type];
  return [node.type, ...('children' in node ? node.children.flatMap(blocks) : [])];
};

const kinds = (node: Nodes): readonly string[] => [
  node.type,
  ...('children' in node ? node.children.flatMap(kinds) : []),
];

const markup = new Set(['html', 'link', 'image', 'linkReference', 'imageReference', 'definition', 'code', 'delete']);
const become = (document: string): readonly string[] =>
  kinds(parse(document)).filter((kind) => markup.has(kind) || kind.startsWith('footnote') || kind === 'emphasis');

describe('the Markdown report', () => {
  it('says what was stopped by which rule, with examples and facts', () => {
    const document = markdownReport(sampleReport());
    for (const line of [
      '**33 of 40 tool calls would have been stopped: 32 denied, 1 held for a decision.**',
      '- Constitution: workshop, revision 3',
      '| `no-late-refunds` | 31 | denied | Money goes back within two weeks of collection, and never more than was paid. |',
      '31 calls denied; `policies/counter.cedar:8`',
      '#### `refund` — conversation refund-brakes, trial 0, message 4',
      '> **Customer:** The brakes that you mounted last week squeal. I want my money back.',
      '- `paid`: currency: crowns, amount: 38',
      '- `card`: not shown',
      '| `refund` | 32 | 0 | 32 | 0 |',
      '| conversation lost-pump, trial 1, message 6 | `add_note` | held for a decision | notes-are-read |',
    ]) {
      expect(document.split('\n')).toContain(line);
    }
  });

  it('has the same blocks whatever was recorded, and no text becomes a link, an image or HTML', {
    timeout: 60_000,
  }, () => {
    const plain = blocks(parse(markdownReport(poisonedReport(() => 'plain'))));
    fc.assert(
      fc.property(fc.array(anyText, { minLength: 1, maxLength: 8 }), (texts) => {
        const document = markdownReport(poisonedReport(inTurn(texts)));
        expect(become(document)).toEqual([]);
        expect(blocks(parse(document))).toEqual(plain);
      }),
      { seed: 11, numRuns: 25, examples: [[[...hostileTexts]], ...hostileTexts.map((text): [string[]] => [[text]])] },
    );
  });

  it('holds no character that reorders other text or is not seen', () => {
    expect(markdownReport(poisonedReport(inTurn(hostileTexts)))).not.toMatch(
      /(?![\n\u200c\u200d])[\p{Cc}\p{Cf}\p{Cs}]/u,
    );
  });

  it('is whole where there is little to tell', () => {
    const { totals, ...report } = sampleReport({ calls: [], stopped: [] });
    const document = markdownReport({ ...report, totals: { ...totals, byTool: [] } });
    expect(document).not.toMatch(/^\||By rule/m);
    expect(document).toContain('## What to keep in mind');
  });
});
