import fc from 'fast-check';
import type { ReplayReport } from '../../../src/replay/report/report-schema.js';
import { sampleReport } from './sample-report.js';

/** What would be markup, an order, or invisible, were it not only text. */
export const hostileTexts: readonly string[] = [
  '<script>window.owned = true</script>',
  '<img src=x onerror="window.owned = true">',
  '</p></li></ol></main><h1>owned</h1>',
  '</title></style><style>body { display: none }</style>',
  '<!-- <![CDATA[ ]]> --> &lt;b&gt; &amp; &#60;b&#62;',
  '"\' onmouseover=alert(1) x="',
  '| a | b |\n| - | - |\n| owned | owned |',
  '# owned\n\n## owned',
  '```\nowned\n```\n`owned``',
  '[owned](https://evil.example/) ![owned](https://evil.example/x.png) <https://evil.example/>',
  '[owned]: https://evil.example/\n\n[owned][] [^1]\n\n[^1]: owned',
  'https://evil.example/ www.evil.example owned@evil.example',
  '- [x] owned\n1. owned\n> owned\n---\n***owned*** ~~owned~~ __owned__',
  '\u202eowned\u202c \u2066owned\u2069 \u200fowned \u061cowned',
  '\u0000\u0007\u001b[31mowned\u001b[0m\u009b\ufeff\u00ad',
  `${'owned'.repeat(400)}`,
  '\ud800owned\udc00',
  'a\u0300\u0301\u0302\u0303'.repeat(50),
  '\\\\| \\` \\<b> \\[a](b)',
  '   \n\n\n   indented\n\tcode',
];

/** Text of a recording by somebody who wants to be more than text. */
export const anyText: fc.Arbitrary<string> = fc
  .array(fc.oneof(fc.constantFrom(...hostileTexts), fc.string({ unit: 'binary', maxLength: 20 })), {
    minLength: 1,
    maxLength: 3,
  })
  // Never empty, which would rightly be left out.
  .map((parts) => `${parts.join(' ')} end`);

type Rule = ReplayReport['stopped'][number];

const poisonedRule = (rule: Rule, text: () => string): Rule => ({
  ...rule,
  rule: text(),
  description: text(),
  file: text(),
  calls: rule.calls.map((call) => ({
    ...call,
    task_id: text(),
    trial: text(),
    call: text(),
    tool: text(),
    arguments: { [`${text()}1`]: text(), [`${text()}2`]: [{ [text()]: text() }] },
    facts: {
      action: text(),
      digest: text(),
      read: [
        { name: text(), value: { [text()]: text() } },
        { name: text(), redacted: true },
      ],
      wanting: [text()],
    },
    excerpt: [
      { message: 1, role: 'customer', text: text() },
      { message: 2, role: 'agent', text: text() },
    ],
  })),
});

/** The sample with another text wherever a recording or a constitution can put one. */
export const poisonedReport = (text: () => string): ReplayReport => {
  const { stopped, calls, totals, constitution, ...report } = sampleReport();
  return sampleReport({
    ...report,
    trace: text(),
    ...(constitution === undefined ? {} : { constitution: { ...constitution, name: text() } }),
    stopped: stopped.map((rule) => poisonedRule(rule, text)),
    calls: calls.map((call) => ({ ...call, task_id: text(), trial: text(), tool: text(), reasons: [text()] })),
    totals: { ...totals, byTool: totals.byTool.map((row) => ({ ...row, tool: text() })) },
    malformed: [{ line: 4, reason: text() }],
  });
};

/** One text after the other, again and again; none is empty. */
export const inTurn = (texts: readonly string[]): (() => string) => {
  let next = 0;
  return () => texts[next++ % texts.length] ?? '';
};
