import type { ReplayReport } from './report-schema.js';

const number = (value: number): string => value.toLocaleString('en-US');

const skipped = ({
  totals: {
    skipped: { instruction, empty, unpaired },
  },
}: ReplayReport): readonly string[] => {
  const total = instruction + empty + unpaired;
  if (total === 0) return [];
  return [
    `${total} recorded messages were not sent: ${instruction} instructions, ${empty} empty, ${unpaired} results without a call.`,
  ];
};

const listedLines = 10;

const malformed = ({ malformed: lines, totals: { malformedLines } }: ReplayReport): readonly string[] => {
  const listed = lines.slice(0, listedLines).map(({ line, reason }) => `Line ${line} was skipped: ${reason}`);
  return malformedLines > listed.length
    ? [...listed, `… and ${malformedLines - listed.length} more lines were skipped.`]
    : listed;
};

/** What a person should know besides the tables. */
export const remarks = (report: ReplayReport): readonly string[] => {
  const kept = report.keptArguments.length;
  return [
    ...skipped(report),
    ...(kept === 0 ? [] : [`${kept} calls had arguments that are no JSON object; their text was sent.`]),
    ...malformed(report),
  ];
};

const accounts = ({ totals: { messages } }: ReplayReport): string =>
  `${number(messages.allowed)} allowed and delivered, ${number(messages.denied)} denied, ${number(messages.escalated)} escalated`;

/** The one last line. */
export const lastLine = (report: ReplayReport): string => {
  const { conversations, messages, constitution, outcome, totals, problems } = report;
  const [problem = 'unknown'] = problems;
  if (outcome === 'failed') return `The replay failed: ${problem}`;
  const under =
    constitution === undefined
      ? ''
      : ` under ${constitution.name} revision ${constitution.revision} (${constitution.shortHash})`;
  const what = `${number(conversations)} conversations, ${number(messages)} messages${under}: ${accounts(report)}`;
  if (outcome === 'interrupted')
    return `Interrupted: ${what}; ${totals.conversations.cut} conversations were cut short.`;
  const lines = totals.malformedLines === 0 ? '' : ` ${totals.malformedLines} malformed lines were skipped.`;
  return `Replayed ${what}. Every message is accounted for.${lines}`;
};
