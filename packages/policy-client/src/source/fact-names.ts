import type { ConstitutionManifest } from '@charterbus/core-models';
import { contextFields } from '../engine/context-fields.js';
import { Report } from '../facts/manifest/report.js';
import type { ConstitutionProblem } from './problem.js';
import type { SourceText } from './read-sources.js';

/** Facts that policies could not tell from what every action has. */
export const factNameProblems = (
  { facts }: ConstitutionManifest,
  manifestText: SourceText,
): readonly ConstitutionProblem[] => {
  const report = new Report(manifestText);
  const tables = [
    { path: ['send'], names: facts.send },
    { path: ['receive'], names: facts.receive },
    ...Object.entries(facts.tools).map(([tool, { facts: names }]) => ({ path: ['tools', tool, 'facts'], names })),
  ];
  for (const { path, names } of tables) {
    for (const field of contextFields) {
      if (!Object.hasOwn(names, field)) continue;
      report.atKey([...path, field], `${field} is what every action has; a fact needs another name.`);
    }
  }
  return report.problems;
};
