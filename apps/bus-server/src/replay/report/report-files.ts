import { resolve } from 'node:path';
import type { CommandLineOptions } from '../options.js';
import { ReplayError } from '../replay-error.js';
import { htmlReport } from './html/html-report.js';
import { markdownReport } from './markdown/markdown-report.js';
import type { ReplayReport } from './report-schema.js';
import { checkReportPath } from './write-report.js';

/** A report that was asked for, and how it is made. */
export interface ReportFile {
  readonly path: string;
  readonly render: (report: ReplayReport) => string;
}

const jsonReport = (report: ReplayReport): string => `${JSON.stringify(report, undefined, 2)}\n`;

/** The files that the command line asks for. */
export const reportFiles = ({ report, markdown, html }: CommandLineOptions): readonly ReportFile[] => {
  const asked = [
    { path: report, render: jsonReport },
    { path: markdown, render: markdownReport },
    { path: html, render: htmlReport },
  ];
  return asked.flatMap(({ path, render }) => (path === undefined ? [] : [{ path, render }]));
};

/** Asked before a run, so that none is in vain. @throws ReplayError where one cannot be written or would replace another. */
export const checkReportFiles = async (files: readonly ReportFile[]): Promise<void> => {
  const paths = files.map(({ path }) => resolve(path));
  const twice = files.find((_, index) => paths.indexOf(paths[index] ?? '') !== index);
  if (twice !== undefined) throw new ReplayError(`Two reports cannot both be written to ${twice.path}.`);
  for (const { path } of files) await checkReportPath(path);
};
