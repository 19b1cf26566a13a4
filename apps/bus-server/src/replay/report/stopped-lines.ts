import type { ReplayReport, StoppedCallReport, StoppedRuleReport } from './report-schema.js';
import { printable } from './tables.js';
import { counted, placeOf, title, verdictWords } from './words/words.js';

const longestLine = 110;

const saidBefore = ({ excerpt }: StoppedCallReport): readonly string[] => {
  const last = excerpt.findLast(({ role }) => role === 'customer') ?? excerpt.at(-1);
  return last === undefined
    ? []
    : [`      ${last.role}: “${printable(last.text.replaceAll(/\s+/g, ' '), longestLine - 20)}”`];
};

const example = (call: StoppedCallReport): readonly string[] => {
  const { task_id, message, tool } = call;
  const given = JSON.stringify(call.arguments);
  return [printable(`      e.g. ${task_id}, message ${message}: ${tool} ${given}`, longestLine), ...saidBefore(call)];
};

const rule = (stopped: StoppedRuleReport): readonly string[] => {
  const { rule: name, verdict, count, description } = stopped;
  const says = description === undefined ? '' : `: ${description}`;
  const place = placeOf(stopped);
  const [first] = stopped.calls;
  return [
    `  ${printable(name)}${printable(says, longestLine)}`,
    `      ${counted(count, 'call')} ${verdictWords[verdict]}${place === '' ? '' : `; ${printable(place, longestLine)}`}`,
    ...(first === undefined ? [] : example(first)),
  ];
};

/** What would have been stopped, by rule, with an example of each; nothing where nothing would have been. */
export const stoppedLines = ({ stopped, totals: { calls } }: ReplayReport): readonly string[] => {
  if (stopped.length === 0) return [];
  const total = calls.denied + calls.escalated;
  return [`${title}: ${total} of ${counted(calls.sent, 'tool call')}`, ...stopped.flatMap(rule)];
};
