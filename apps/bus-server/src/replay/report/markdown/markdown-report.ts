import type { RootContent } from 'mdast';
import { gfmToMarkdown } from 'mdast-util-gfm';
import { toMarkdown } from 'mdast-util-to-markdown';
import type { ReplayReport, StoppedCallReport, StoppedRuleReport } from '../report-schema.js';
import { argumentFields, type Field, factFields } from '../words/fields.js';
import { notes } from '../words/notes.js';
import {
  callPlace,
  counted,
  descriptionOf,
  examplesNote,
  headline,
  listedCalls,
  listNote,
  number,
  placeOf,
  setting,
  title,
  verdictWords,
} from '../words/words.js';
import { code, heading, lines, list, paragraph, quote, strong, table, text } from './nodes.js';

const overview = ({ stopped }: ReplayReport): readonly RootContent[] =>
  stopped.length === 0
    ? []
    : [
        heading(2, text('By rule')),
        table(
          ['Rule', 'Calls:', 'Verdict', 'What it says'],
          stopped.map((rule) => [
            code(rule.rule),
            text(number(rule.count)),
            text(verdictWords[rule.verdict]),
            text(descriptionOf(rule)),
          ]),
        ),
      ];

const fields = (name: string, all: readonly Field[]): readonly RootContent[] =>
  all.length === 0
    ? []
    : [paragraph(strong(name)), list(all.map((field) => [code(field.name), text(': '), ...lines(field.value)]))];

const example = (call: StoppedCallReport): readonly RootContent[] => [
  heading(4, code(call.tool), text(' — '), text(callPlace(call))),
  ...(call.excerpt.length === 0
    ? []
    : [
        quote(
          ...call.excerpt.map(({ role, text: said }) =>
            paragraph(strong(role === 'customer' ? 'Customer:' : 'Agent:'), text(' '), ...lines(said)),
          ),
        ),
      ]),
  ...fields('Called with', argumentFields(call)),
  ...fields('What the rule knew', factFields(call)),
];

const ruleSection = (rule: StoppedRuleReport): readonly RootContent[] => {
  const place = placeOf(rule);
  const note = examplesNote(rule);
  return [
    heading(3, code(rule.rule)),
    ...(descriptionOf(rule) === '' ? [] : [paragraph(text(descriptionOf(rule)))]),
    paragraph(
      text(`${counted(rule.count, 'call')} ${verdictWords[rule.verdict]}`),
      ...(place === '' ? [] : [text('; '), code(place)]),
    ),
    ...(note === undefined ? [] : [paragraph(text(note))]),
    ...rule.calls.flatMap(example),
  ];
};

const byTool = ({ totals }: ReplayReport): readonly RootContent[] =>
  totals.byTool.length === 0
    ? []
    : [
        heading(2, text('Tool calls')),
        table(
          ['Tool', 'Calls:', 'Allowed:', 'Denied:', 'Held:'],
          totals.byTool.map(({ tool, sent, allowed, denied, escalated }) => [
            code(tool),
            ...[sent, allowed, denied, escalated].map((count) => text(number(count))),
          ]),
        ),
      ];

const everyCall = (report: ReplayReport): readonly RootContent[] => {
  if (report.calls.length === 0) return [];
  const note = listNote(report);
  const rows = report.calls
    .slice(0, listedCalls)
    .map((call) => [
      text(callPlace(call)),
      code(call.tool),
      text(verdictWords[call.verdict]),
      text(call.verdict === 'allow' ? '' : call.reasons.join(', ')),
    ]);
  return [
    heading(2, text('Every call')),
    ...(note === undefined ? [] : [paragraph(text(note))]),
    table(['Where', 'Tool', 'Verdict', 'Rules'], rows),
  ];
};

/** The report for people, in GitHub's Markdown. */
export const markdownReport = (report: ReplayReport): string => {
  const children: RootContent[] = [
    heading(1, text(title)),
    paragraph(strong(headline(report))),
    list(setting(report).map(([name, value]) => [text(`${name}: `), text(value)])),
    ...overview(report),
    ...(report.stopped.length === 0 ? [] : [heading(2, text('What was stopped, and why'))]),
    ...report.stopped.flatMap(ruleSection),
    ...byTool(report),
    heading(2, text('What to keep in mind')),
    list(notes(report).map((note) => [text(note)])),
    ...everyCall(report),
  ];
  return toMarkdown(
    { type: 'root', children },
    { bullet: '-', extensions: [gfmToMarkdown({ tablePipeAlign: false })] },
  );
};
