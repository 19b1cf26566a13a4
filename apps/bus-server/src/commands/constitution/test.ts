import { type PolicyTestReport, testConstitution, testProblem } from '@charterbus/policy-client';
import Table from 'cli-table3';
import { Command } from 'commander';
import { exitCodes } from '../failure.js';
import type { Terminal } from '../terminal.js';
import { readConstitution } from './read-files.js';

/** Without colours: it is also piped into files. */
const coverageTable = ({ coverage }: PolicyTestReport): string => {
  const drawn = new Table({
    head: ['policy', 'decides tests'],
    colAligns: ['left', 'right'],
    style: { head: [], border: [], compact: true },
  });
  drawn.push(...coverage.map(({ policy, tests }) => [policy, tests === 0 ? 'none' : String(tests)]));
  return drawn.toString();
};

const summary = ({ outcomes, coverage }: PolicyTestReport): string => {
  const passed = outcomes.filter((outcome) => outcome.passed).length;
  const undecided = coverage.filter(({ tests }) => tests === 0).length;
  const rest =
    undecided === 0 ? 'every policy decides some' : `${undecided} of ${coverage.length} policies decide none`;
  return `${passed} of ${outcomes.length} tests pass; ${rest}.`;
};

const show = (report: PolicyTestReport, terminal: Terminal): void => {
  for (const outcome of report.outcomes.filter(({ passed }) => !passed)) {
    const { file, line, message } = testProblem(outcome);
    terminal.complain(`${file}:${line}: ${message}`);
  }
  terminal.print(coverageTable(report));
  terminal.print(summary(report));
};

/** A line for each that fails, and how many each policy decides. */
const test = async (path: string, { json }: { readonly json?: true }, terminal: Terminal): Promise<void> => {
  const report = await testConstitution(await readConstitution(path));
  if (json === true) terminal.print(JSON.stringify(report));
  else show(report, terminal);
  if (report.outcomes.some(({ passed }) => !passed)) terminal.exitWith(exitCodes.constitution);
};

/** `constitution test`. */
export const testCommand = (terminal: Terminal): Command =>
  new Command('test')
    .description('run its tests, and tell what each policy decides of them')
    .argument('<path>', 'a directory or a bundle')
    .option('--json', 'print JSON')
    .action((path: string, options: { readonly json?: true }) => test(path, options, terminal));
