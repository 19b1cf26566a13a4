import type { ReplayReport, StoppedCallReport, StoppedRuleReport } from '../report-schema.js';
import { plainLine } from './plain-text.js';

// What the reports for people say, whatever they are written in. All of it is text, nothing is markup.

export const title = 'What the constitution would have stopped';

export const number = (value: number): string => value.toLocaleString('en-US');

/** `3 messages`, `1 message`. */
export const counted = (count: number, one: string, many = `${one}s`): string =>
  `${number(count)} ${count === 1 ? one : many}`;

export const verdictWords = { allow: 'allowed', deny: 'denied', escalate: 'held for a decision' } as const;

/** The one sentence for whoever reads no further. */
export const headline = ({ totals: { calls }, outcome, problems }: ReplayReport): string => {
  if (outcome === 'failed') return `The replay failed: ${plainLine(problems[0] ?? 'unknown')}`;
  if (calls.sent === 0) return 'The replayed conversations hold no tool call.';
  const stopped = calls.denied + calls.escalated;
  if (stopped === 0 && calls.sent === 1) return 'The one tool call would not have been stopped.';
  if (stopped === 0) return `None of the ${counted(calls.sent, 'tool call')} would have been stopped.`;
  const kinds = [
    ...(calls.denied === 0 ? [] : [`${number(calls.denied)} denied`]),
    ...(calls.escalated === 0 ? [] : [`${number(calls.escalated)} held for a decision`]),
  ];
  return `${number(stopped)} of ${counted(calls.sent, 'tool call')} would have been stopped: ${kinds.join(', ')}.`;
};

/** What was replayed, under which constitution. */
export const setting = (report: ReplayReport): readonly (readonly [name: string, value: string])[] => {
  const { constitution, conversations, messages, totals, trace, target } = report;
  const replayed = [
    counted(conversations, 'conversation'),
    counted(messages, 'message'),
    counted(totals.calls.sent, 'tool call'),
  ];
  return [
    ['Recording', plainLine(trace)],
    ['Replayed', replayed.join(', ')],
    ...(constitution === undefined
      ? []
      : ([
          ['Constitution', `${plainLine(constitution.name)}, revision ${constitution.revision}`],
          ['Constitutional hash', constitution.shortHash],
        ] as const)),
    ['Judged by', target === 'server' ? 'a running server' : 'a bus made for the replay'],
  ];
};

export const placeOf = ({ file, line }: StoppedRuleReport): string =>
  file === undefined ? '' : plainLine(line === undefined ? file : `${file}:${line}`);

export const descriptionOf = ({ description }: StoppedRuleReport): string => plainLine(description ?? '');

export const callPlace = ({ task_id, trial, message }: StoppedCallReport | ReplayReport['calls'][number]): string =>
  `conversation ${plainLine(String(task_id))}, trial ${plainLine(String(trial))}, message ${message}`;

/** Said under a rule that stopped more than is shown. */
export const examplesNote = ({ count, calls }: StoppedRuleReport): string | undefined =>
  count > calls.length ? `Shown: the first ${number(calls.length)} of ${number(count)} calls.` : undefined;

/** Rows of the list of all calls: a longer one would be read by nobody. */
export const listedCalls = 1000;

export const listNote = ({ calls }: ReplayReport): string | undefined =>
  calls.length > listedCalls
    ? `The first ${number(listedCalls)} of ${number(calls.length)} calls are listed; the JSON report holds all.`
    : undefined;
