import type { Message } from '@charterbus/core-models';
import { createPromptInjectionScreen, type Note, type ValidationContext } from '../src/index.js';

/** A line of the corpus. */
export interface Sample {
  /** A category of the screen, or `benign`. */
  readonly label: string;
  readonly language: string;
  readonly text: string;
}

export interface CorpusReport {
  readonly recall: number;
  readonly falsePositives: number;
  readonly precision: number;
  /** What was judged wrongly. */
  readonly wrong: readonly Sample[];
  /** In Markdown: by label how many were found at all, and how many under that category. */
  readonly table: string;
}

/** The default threshold: what policies are told to take for an attack. */
export const threshold = 60;

interface Judged extends Sample {
  readonly found: ReadonlySet<string>;
}

const judge = (samples: readonly Sample[]): readonly Judged[] => {
  const screen = createPromptInjectionScreen();
  const signal = new AbortController().signal;
  return samples.map((sample) => {
    const message = { content: sample.text } as unknown as Message;
    const notes = screen.validate(message, {} as ValidationContext, signal) as readonly Note[];
    return {
      ...sample,
      found: new Set(notes.filter(({ score }) => score >= threshold).map(({ category }) => category)),
    };
  });
};

const share = (part: number, whole: number): string => (whole === 0 ? '–' : (part / whole).toFixed(2));

const rowOf = (label: string, judged: readonly Judged[]): string => {
  const labelled = judged.filter((sample) => sample.label === label);
  const found = labelled.filter(({ found: any }) => any.size > 0).length;
  const named = judged.filter(({ found: categories }) => categories.has(label));
  const right = named.filter((sample) => sample.label !== 'benign').length;
  return `| ${label} | ${labelled.length} | ${share(found, labelled.length)} | ${share(right, named.length)} |`;
};

export const reportOf = (samples: readonly Sample[]): CorpusReport => {
  const judged = judge(samples);
  const attacks = judged.filter(({ label }) => label !== 'benign');
  const benign = judged.filter(({ label }) => label === 'benign');
  const found = attacks.filter(({ found: any }) => any.size > 0).length;
  const alarms = benign.filter(({ found: any }) => any.size > 0).length;
  const labels = [...new Set(attacks.map(({ label }) => label))].toSorted();
  const lines = [
    '| label | texts | recall | precision |',
    '| --- | --- | --- | --- |',
    ...labels.map((label) => rowOf(label, judged)),
    `| all attacks | ${attacks.length} | ${share(found, attacks.length)} | ${share(found, found + alarms)} |`,
    `| benign | ${benign.length} | ${share(alarms, benign.length)} taken for attacks | |`,
  ];
  return {
    recall: found / attacks.length,
    falsePositives: alarms / benign.length,
    precision: found / (found + alarms),
    wrong: judged.filter(({ label, found: any }) => (label === 'benign') === any.size > 0),
    table: lines.join('\n'),
  };
};
