import { hash } from 'node:crypto';
import type { Element, Root } from 'hast';
import { toHtml } from 'hast-util-to-html';
import { h, s } from 'hastscript';
import type { ReplayReport } from '../report-schema.js';
import { notes } from '../words/notes.js';
import { headline, number, setting, title, verdictWords } from '../words/words.js';
import { ruleSection } from './rule-section.js';
import { style } from './style.js';
import { callsTable, rulesTable, toolsTable } from './tables.js';

// A page is a tree, in which text is only ever text: the serializer escapes it, so nothing that was recorded can become
// markup. Were something to, the page's own policy would let it neither run nor load anything.

const policy = [
  "default-src 'none'",
  `style-src 'sha256-${hash('sha256', style, 'base64')}'`,
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');

const head = (report: ReplayReport): Element =>
  h('head', [
    h('meta', { charSet: 'utf-8' }),
    h('meta', { httpEquiv: 'Content-Security-Policy', content: policy }),
    h('meta', { name: 'viewport', content: 'width=device-width, initial-scale=1' }),
    h('meta', { name: 'color-scheme', content: 'light dark' }),
    h('meta', { name: 'referrer', content: 'no-referrer' }),
    h('title', `${title}: ${headline(report)}`),
    h('style', style),
  ]);

const shares = ({ totals: { calls } }: ReplayReport) =>
  [
    { effect: 'deny', count: calls.denied },
    { effect: 'escalate', count: calls.escalated },
    { effect: 'allow', count: calls.allowed },
  ] as const;

/** The shares of the verdicts as a bar; the legend says the same in words. */
const bar = (report: ReplayReport): readonly Element[] => {
  const { sent } = report.totals.calls;
  if (sent === 0) return [];
  const drawn = shares(report).filter(({ count }) => count > 0);
  const rects = drawn.map(({ effect, count }, index) => {
    const x = drawn.slice(0, index).reduce((sum, share) => sum + share.count, 0);
    return s(`rect.${effect}`, { x: (100 * x) / sent, y: 0, width: (100 * count) / sent, height: 1 });
  });
  return [
    s('svg.bar', { viewBox: '0 0 100 1', preserveAspectRatio: 'none', ariaHidden: 'true' }, rects),
    h(
      'ul.legend',
      { role: 'list' },
      shares(report).map(({ effect, count }) => h(`li.${effect}`, `${number(count)} ${verdictWords[effect]}`)),
    ),
  ];
};

const top = (report: ReplayReport): Element =>
  h('header', [
    h('p.eyebrow', 'Charterbus replay report'),
    h('h1', title),
    h('p.headline', headline(report)),
    h('div.card', [
      ...bar(report),
      h(
        'dl.setting',
        setting(report).map(([name, value]) => h('div', [h('dt', name), h('dd', { dir: 'auto' }, value)])),
      ),
    ]),
  ]);

/** A part of the page under a heading; nothing where there is nothing in it. */
const part = (id: string, name: string, content: readonly Element[]): readonly Element[] =>
  content.length === 0 ? [] : [h('section', { ariaLabelledBy: id }, [h('h2', { id }, name), ...content])];

const main = (report: ReplayReport): Element => {
  const { stopped, calls, totals } = report;
  return h('main', { id: 'main' }, [
    ...part('by-rule', 'By rule', stopped.length === 0 ? [] : [rulesTable(report)]),
    ...part(
      'stopped',
      'What was stopped, and why',
      stopped.map((rule, index) => ruleSection(rule, index, totals.calls.sent)),
    ),
    ...part('tools', 'Tool calls', calls.length === 0 ? [] : [toolsTable(report), callsTable(report)]),
    ...part('notes', 'What to keep in mind', [
      h(
        'ul.notes',
        notes(report).map((note) => h('li', { dir: 'auto' }, note)),
      ),
    ]),
  ]);
};

const foot = ({ constitution }: ReplayReport): Element =>
  h('footer', constitution === undefined ? [] : [h('p', ['Full constitutional hash: ', h('code', constitution.hash)])]);

/** The report for people, as one page that needs nothing else: no script, no request, no font. */
export const htmlReport = (report: ReplayReport): string => {
  const body = h('body', [h('a.skip', { href: '#main' }, 'To the findings'), top(report), main(report), foot(report)]);
  const page: Root = { type: 'root', children: [{ type: 'doctype' }, h('html', { lang: 'en' }, [head(report), body])] };
  return `${toHtml(page)}\n`;
};
