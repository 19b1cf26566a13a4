import type { ReplayReport } from '../report-schema.js';
import { plainLine } from './plain-text.js';
import { counted, number } from './words.js';

const listedLines = 10;

const ending = ({ outcome, totals, problems }: ReplayReport): readonly string[] => {
  if (outcome === 'failed') return problems.slice(1).map((problem) => `What went wrong: ${plainLine(problem)}`);
  if (outcome === 'complete') return ['Every message is accounted for.'];
  const { cut } = totals.conversations;
  return [`The replay was interrupted; ${counted(cut, 'conversation')} ${cut === 1 ? 'was' : 'were'} cut short.`];
};

/** Tool calls are the subject; that something else was stopped must not go unsaid. */
const otherMessages = ({ totals: { messages, calls } }: ReplayReport): readonly string[] => {
  const others = messages.denied + messages.escalated - calls.denied - calls.escalated;
  return others === 0
    ? []
    : [`${counted(others, 'message')} that ${others === 1 ? 'is' : 'are'} no tool call would have been stopped, too.`];
};

const malformed = ({ malformed: lines, totals: { malformedLines } }: ReplayReport): readonly string[] => {
  if (malformedLines === 0) return [];
  const listed = lines.slice(0, listedLines).map(({ line, reason }) => `line ${line} (${plainLine(reason)})`);
  const left = malformedLines - listed.length;
  const more = left > 0 ? ` and ${number(left)} more` : '';
  return [
    `${counted(malformedLines, 'malformed line')} of the recording could not be replayed: ${listed.join(', ')}${more}.`,
  ];
};

const leftOut = ({ keptArguments, totals: { skipped } }: ReplayReport): readonly string[] => {
  const { instruction, empty, unpaired } = skipped;
  const total = instruction + empty + unpaired;
  const kept = keptArguments.length;
  return [
    ...(total === 0
      ? []
      : [
          `${counted(total, 'recorded message')} ${total === 1 ? 'was' : 'were'} not sent: ${counted(instruction, 'instruction')} to the agent, ${number(empty)} empty, ${counted(unpaired, 'result')} without a call.`,
        ]),
    ...(kept === 0
      ? []
      : [`${counted(kept, 'call')} had arguments that are no JSON object; the rules saw their text.`]),
  ];
};

const redacted = ({ stopped }: ReplayReport): readonly string[] => {
  const some = stopped.some(({ calls }) => calls.some(({ facts }) => facts?.read.some((fact) => 'redacted' in fact)));
  return some
    ? ['A fact that is “not shown” was known to the rule; the constitution keeps its value from reports.']
    : [];
};

const counting = ({ stopped, conversations }: ReplayReport): readonly string[] => [
  ...(conversations === 0
    ? []
    : [
        'Each conversation goes on as it was recorded, also after a call that would have been stopped: nobody knows what the agent and the customer would have said instead.',
      ]),
  ...(stopped.length < 2
    ? []
    : ['A call that several rules stop is counted under each of them, and once in the total.']),
];

/** What a reader must know in order not to take the figures for more than they are. */
export const notes = (report: ReplayReport): readonly string[] => [
  ...counting(report),
  ...otherMessages(report),
  ...redacted(report),
  ...malformed(report),
  ...leftOut(report),
  ...ending(report),
];
