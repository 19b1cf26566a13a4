import { existsSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { z } from 'zod';
import { coverageFile } from '../../test-run/report.ts';
import { type Check, unchecked } from '../check.ts';

/** The least share of branches, in percent, that the tests of a package go through. */
const defaultThreshold = 85;

/** Exceptions, each with its reason beside it. */
const thresholds: Readonly<Record<string, number>> = {};

const branchesSchema = z.record(
  z.string(),
  z.object({ branches: z.object({ total: z.number(), covered: z.number() }) }),
);

/** Branch coverage per package, from the run of all tests. */
export const coverage: Check = {
  name: 'coverage',
  async run(scene) {
    const file = join(scene.root, coverageFile);
    if (!existsSync(file)) return unchecked(scene, 'the last npm test left no coverage');
    const { total: _, ...files } = branchesSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
    const counted = Object.entries(files).map(
      ([path, { branches }]) => [relative(scene.root, path).replaceAll(sep, '/'), branches] as const,
    );
    return {
      problems: scene.workspaces.flatMap(({ directory }) => {
        const own = counted.filter(([path]) => path.startsWith(`${directory}/`)).map(([, branches]) => branches);
        return shortfall(directory, own, thresholds[directory] ?? defaultThreshold);
      }),
    };
  },
};

interface Branches {
  readonly total: number;
  readonly covered: number;
}

export function shortfall(directory: string, files: readonly Branches[], threshold: number): string[] {
  const total = files.reduce((sum, branches) => sum + branches.total, 0);
  const covered = files.reduce((sum, branches) => sum + branches.covered, 0);
  const percent = total === 0 ? 100 : (covered / total) * 100;
  if (percent >= threshold) return [];
  return [`${directory}: ${percent.toFixed(1)} % of the branches are tested, ${threshold} % are asked for`];
}
