import type { Element, ElementContent } from 'hast';
import { h } from 'hastscript';
import type { ReplayReport } from '../report-schema.js';
import { plainLine } from '../words/plain-text.js';
import { descriptionOf, listedCalls, listNote, number, placeOf } from '../words/words.js';
import { ruleAnchor } from './rule-section.js';
import { verdict } from './verdict.js';

interface Column {
  readonly name: string;
  readonly kind?: 'number' | 'long';
}

type Cell = string | number | ElementContent;

/** Roles are stated, since a narrow screen shows some tables otherwise than as a table. */
const cell = (content: Cell, { kind }: Column, tag: 'td' | 'th'): Element => {
  const zero = content === 0 ? ['zero'] : [];
  const className = [...(kind === undefined ? [] : [kind]), ...zero];
  const scope = tag === 'th' ? { scope: 'row', role: 'rowheader' } : { role: 'cell' };
  return h(tag, { className, ...scope }, typeof content === 'number' ? number(content) : content);
};

interface Named {
  readonly id: string;
  readonly caption: string;
  /** On a narrow screen each row becomes a block of its own, so that nothing long stands outside of it. */
  readonly stacked?: boolean;
}

const columnHeader = ({ name, kind }: Column): Element =>
  h('th', { scope: 'col', role: 'columnheader', className: kind === undefined ? [] : [kind] }, name);

/** A table that scrolls on its own where it is wider than the page; the keyboard reaches it. */
const table = (
  { id, caption, stacked = false }: Named,
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
): Element =>
  h('div.scroll', { role: 'region', tabIndex: 0, ariaLabelledBy: id }, [
    h('table', { role: 'table', className: stacked ? ['stacked'] : [] }, [
      h('caption', { id }, caption),
      h('thead', { role: 'rowgroup' }, [h('tr', { role: 'row' }, columns.map(columnHeader))]),
      h(
        'tbody',
        { role: 'rowgroup' },
        rows.map((row) =>
          h(
            'tr',
            { role: 'row' },
            columns.map((column, index) => cell(row[index] ?? '', column, index === 0 ? 'th' : 'td')),
          ),
        ),
      ),
    ]),
  ]);

export const rulesTable = ({ stopped }: ReplayReport): Element =>
  table(
    { id: 'rules-caption', caption: 'Rules that stopped a call, the one that stopped most first', stacked: true },
    [
      { name: 'Rule' },
      { name: 'Calls', kind: 'number' },
      { name: 'Verdict' },
      { name: 'What it says', kind: 'long' },
      { name: 'Where it stands' },
    ],
    stopped.map((rule, index) => [
      h('a', { href: `#${ruleAnchor(index)}` }, [h('code', plainLine(rule.rule))]),
      rule.count,
      verdict(rule.verdict),
      descriptionOf(rule),
      h('code', placeOf(rule)),
    ]),
  );

export const toolsTable = ({ totals }: ReplayReport): Element =>
  table(
    { id: 'tools-caption', caption: 'Calls of each tool, and what was decided about them' },
    [
      { name: 'Tool', kind: 'long' },
      ...['Calls', 'Allowed', 'Denied', 'Held'].map((name) => ({ name, kind: 'number' as const })),
    ],
    totals.byTool.map(({ tool, sent, allowed, denied, escalated }) => [
      h('code', plainLine(tool)),
      sent,
      allowed,
      denied,
      escalated,
    ]),
  );

export const callsTable = (report: ReplayReport): Element =>
  h('details.every', [
    h('summary', `All ${number(report.calls.length)} calls, one by one`),
    table(
      { id: 'calls-caption', caption: listNote(report) ?? 'Every call, in the order of the recording' },
      [
        { name: 'Conversation', kind: 'long' },
        { name: 'Trial' },
        { name: 'Message', kind: 'number' },
        { name: 'Tool', kind: 'long' },
        { name: 'Verdict' },
        { name: 'Rules', kind: 'long' },
      ],
      report.calls
        .slice(0, listedCalls)
        .map((call) => [
          plainLine(String(call.task_id)),
          plainLine(String(call.trial)),
          call.message,
          h('code', plainLine(call.tool)),
          verdict(call.verdict),
          call.verdict === 'allow' ? '' : plainLine(call.reasons.join(', ')),
        ]),
    ),
  ]);
