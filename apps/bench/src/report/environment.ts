import { readFileSync, statfsSync } from 'node:fs';
import { findPackageJSON } from 'node:module';
import { arch, cpus, loadavg, platform, release, tmpdir, totalmem } from 'node:os';
import { z } from 'zod';
import type { Environment } from './report-schema.js';

const measuredPackages = ['@casl/ability', '@cedar-policy/cedar-wasm', 'bullmq', 'casbin', 'emittery', 'moleculer'];

const manifestSchema = z.object({ version: z.string() });

const versionOf = (name: string): string => {
  const file = findPackageJSON(name, import.meta.url);
  return file === undefined ? 'unknown' : manifestSchema.parse(JSON.parse(readFileSync(file, 'utf8'))).version;
};

/** By Linux' magic numbers (statfs(2)). */
const fileSystems: ReadonlyMap<number, string> = new Map([
  [0xef53, 'ext2/3/4'],
  [0x58465342, 'xfs'],
  [0x9123683e, 'btrfs'],
  [0x01021994, 'tmpfs'],
  [0x794c7630, 'overlayfs'],
  [0x2fc12fc1, 'zfs'],
]);

/** The number where the name is not known. */
export const fileSystemName = (type: number): string => fileSystems.get(type) ?? `0x${type.toString(16)}`;

const oneMinute = (): number => Number(loadavg()[0]);

/** Begins to record what a run depends on; the function that it returns ends that. */
export const recordEnvironment = ({ quick, rounds }: Pick<Environment, 'quick' | 'rounds'>): (() => Environment) => {
  const startedAt = new Date().toISOString();
  const before = oneMinute();
  const processors = cpus();
  return () => ({
    startedAt,
    quick,
    rounds,
    cpu: [...new Set(processors.map(({ model }) => model.trim()))].join(', '),
    cores: Math.max(1, processors.length),
    memoryBytes: totalmem(),
    platform: `${platform()} ${release()} ${arch()}`,
    node: process.version,
    sqlite: String(process.versions['sqlite']),
    fileSystem: fileSystemName(statfsSync(tmpdir()).type),
    versions: Object.fromEntries(measuredPackages.map((name) => [name, versionOf(name)])),
    load: { before, after: oneMinute() },
  });
};
