import type { ConstitutionFile } from '@charterbus/core-models';
import {
  type BundleStatus,
  buildBundle,
  bundleStatuses,
  readBundle,
  readConstitutionDirectory,
  readConstitutionManifest,
  writeAtomically,
} from '@charterbus/policy-client';
import { Command, Option } from 'commander';
import type { Terminal } from '../terminal.js';
import { compileRego } from './compile-rego.js';

interface Options {
  readonly output: string;
  readonly opa?: string;
  readonly root?: readonly string[];
  readonly status?: BundleStatus;
  readonly json?: true;
}

const regoOf = (files: readonly ConstitutionFile[]) =>
  files
    .filter(({ path }) => path.startsWith('policies/') && path.endsWith('.rego'))
    .map(({ path, bytes }) => ({ path, text: Buffer.from(bytes).toString() }));

const filesOf = async (directory: string, opa: string | undefined): Promise<readonly ConstitutionFile[]> => {
  const files = await readConstitutionDirectory(directory);
  if (opa === undefined) return files;
  await compileRego(directory, opa, readConstitutionManifest(files), regoOf(files));
  return readConstitutionDirectory(directory);
};

const build = async (directory: string, options: Options, terminal: Terminal): Promise<void> => {
  const { output, opa, root, status, json } = options;
  const stated = { ...(status === undefined ? {} : { status }), ...(root === undefined ? {} : { roots: root }) };
  const bytes = await buildBundle(await filesOf(directory, opa), stated);
  const bundle = await readBundle(bytes, { trust: 'unsigned' });
  await writeAtomically(output, bytes);
  const { name, revision, hash, files } = bundle;
  if (json === true) {
    const size = { files: files.length, bytes: bytes.length };
    terminal.print(JSON.stringify({ path: output, name, revision, hash, status: bundle.status, ...size }));
    return;
  }
  terminal.print(`${output}: ${name} revision ${revision}, ${bundle.status}, not signed (${hash}).`);
};

/** `constitution build`: one file of the whole directory, in OPA's form. */
export const buildCommand = (terminal: Terminal): Command =>
  new Command('build')
    .description('make a bundle of a directory: one file, not signed yet')
    .argument('<directory>')
    .requiredOption('-o, --output <file>', 'the bundle, a tar.gz')
    .option('--opa <program>', 'compile the Rego of policies/ to policy.wasm first, with this OPA')
    .option('--root <path...>', 'what the bundle owns in an OPA that loads it (everything)')
    .addOption(new Option('--status <status>', 'what the bundle says that it is (draft)').choices(bundleStatuses))
    .option('--json', 'print JSON')
    .action((directory: string, options: Options) => build(directory, options, terminal));
