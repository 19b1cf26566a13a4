import type { List, RootContent, Table, TableRow } from 'mdast';
import { gfmToMarkdown } from 'mdast-util-gfm';
import { toMarkdown } from 'mdast-util-to-markdown';
import type { MeasuredRatio, MeasuredRow, MeasuredSuite } from '../harness/run-suite.js';
import { significant, targetWords } from './figures.js';
import type { Environment } from './report-schema.js';

const row = (cells: readonly string[]): TableRow => ({
  type: 'tableRow',
  children: cells.map((value) => ({ type: 'tableCell', children: [{ type: 'text', value }] })),
});

/** @param names of columns; those after the second are of numbers. */
const table = (names: readonly string[], rows: readonly (readonly string[])[]): Table => ({
  type: 'table',
  align: names.map((_, index) => (index < 2 ? 'left' : 'right')),
  children: [row(names), ...rows.map(row)],
});

const list = (items: readonly string[]): List => ({
  type: 'list',
  spread: false,
  children: items.map((value) => ({
    type: 'listItem',
    spread: false,
    children: [{ type: 'paragraph', children: [{ type: 'text', value }] }],
  })),
});

const heading = (depth: 1 | 2, value: string): RootContent => ({
  type: 'heading',
  depth,
  children: [{ type: 'text', value }],
});

const span = (low: number, high: number): string => `${significant(low)}–${significant(high)}`;

const rowCells = ({ name, kind, figures, speed }: MeasuredRow): readonly string[] => {
  const { heapBytes, ...others } = figures.counts;
  const counts = Object.entries(others).map(([count, value]) => `${significant(value)} ${count}`);
  return [
    name,
    kind,
    significant(figures.opsPerSecond),
    span(speed.low, speed.high),
    ...[figures.p50Us, figures.p90Us, figures.p99Us].map(significant),
    ...(heapBytes === undefined ? [''] : [significant(heapBytes)]),
    counts.join(', '),
  ];
};

const rowColumns = ['Row', 'Kind', 'a second', 'of the rounds', 'p50 µs', 'p90 µs', 'p99 µs', 'heap bytes', 'counts'];

const ratioCells = ({ name, interval, target, conclusion }: MeasuredRatio): readonly string[] => [
  name,
  conclusion ?? '',
  significant(interval.median),
  span(interval.low, interval.high),
  target === undefined ? '' : targetWords(target),
];

const suiteSection = ({ name, title, rows, ratios, skipped = [] }: MeasuredSuite): readonly RootContent[] => [
  heading(2, `${name}: ${title}`),
  table(rowColumns, rows.map(rowCells)),
  table(['Compared in each round', 'Conclusion', 'Median', 'Interval', 'Target'], ratios.map(ratioCells)),
  list([
    ...rows.map(
      ({ name: which, profile, leavesOut }) =>
        `${which}: ${profile}.${leavesOut === undefined ? '' : ` Leaves out: ${leavesOut}.`}`,
    ),
    ...skipped.map((what) => `Skipped: ${what}`),
  ]),
];

const setting = ({ versions, load, ...environment }: Environment): readonly string[] => [
  `${environment.startedAt}, ${environment.rounds} rounds${environment.quick ? ' (quick)' : ''}`,
  `${environment.cores} × ${environment.cpu}, ${environment.platform}, files on ${environment.fileSystem}`,
  `Node ${environment.node}, SQLite ${environment.sqlite}`,
  Object.entries(versions)
    .map(([name, version]) => `${name} ${version}`)
    .join(', '),
  `load ${significant(load.before)} before, ${significant(load.after)} after`,
];

/** The report for people, in GitHub's Markdown. */
export const markdownReport = (environment: Environment, suites: readonly MeasuredSuite[]): string =>
  toMarkdown(
    {
      type: 'root',
      children: [heading(1, 'Bench'), list(setting(environment)), ...suites.flatMap(suiteSection)],
    },
    { bullet: '-', extensions: [gfmToMarkdown()] },
  );
