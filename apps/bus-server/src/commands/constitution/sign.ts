import { join } from 'node:path';
import { ConfigurationError, type ConstitutionFile } from '@charterbus/core-models';
import {
  type BundleStated,
  type BundleStatus,
  bundleOfFiles,
  bundleStatuses,
  type SignatureAlgorithm,
  type SigningKey,
  signatureAlgorithms,
  signBundle,
  signedFiles,
  writeAtomically,
} from '@charterbus/policy-client';
import { Command, Option } from 'commander';
import type { Terminal } from '../terminal.js';
import { algorithmFor, readPrivateKey } from './key-file.js';
import { isDirectory, readWithStatement } from './read-files.js';

interface Options {
  readonly key: string;
  readonly keyId: string;
  readonly scope: string;
  readonly algorithm?: SignatureAlgorithm;
  readonly status?: BundleStatus;
  readonly revoke?: readonly string[];
  readonly json?: true;
}

const stated = ({ status, revoke }: Options): BundleStated => {
  const wrong = revoke?.find((hash) => !/^[0-9a-f]{64}$/.test(hash));
  if (wrong !== undefined) {
    const message = `${JSON.stringify(wrong.slice(0, 80))} is no full constitutional hash, which "constitution hash" prints.`;
    throw new ConfigurationError('CONFIGURATION_INVALID', message);
  }
  return { ...(status === undefined ? {} : { status }), ...(revoke === undefined ? {} : { revokes: revoke }) };
};

const signerOf = async (options: Options, terminal: Terminal): Promise<SigningKey> => {
  const { key, keyId: id, scope, algorithm } = options;
  const privateKey = await readPrivateKey(key, terminal);
  return { id, scope, privateKey, algorithm: algorithmFor(privateKey, id, algorithm) };
};

/** In a directory the signature and what it is over are files of their own. */
const writeInto = async (directory: string, files: readonly ConstitutionFile[]): Promise<void> => {
  for (const { path, bytes } of files) {
    if (path === '.manifest' || path === '.signatures.json') await writeAtomically(join(directory, path), bytes);
  }
};

const sign = async (path: string, options: Options, terminal: Terminal): Promise<void> => {
  const signer = await signerOf(options, terminal);
  const before = await readWithStatement(path);
  const files = await signedFiles(before, signer, stated(options));
  if (await isDirectory(path)) await writeInto(path, files);
  else await writeAtomically(path, await signBundle(before, signer, stated(options)));
  const { name, revision, hash, status, revokes } = await bundleOfFiles(files, { trust: 'unsigned' });
  const { id: keyId, algorithm, scope } = signer;
  if (options.json === true) {
    terminal.print(JSON.stringify({ path, name, revision, hash, status, revokes, keyId, algorithm, scope }));
    return;
  }
  terminal.print(`${path}: ${name} revision ${revision}, ${status}, signed with ${keyId} (${algorithm}) for ${scope}.`);
  if (status === 'draft') terminal.print('A draft is never in force; "--status published" makes it one that may be.');
};

/** `constitution sign`: a bundle or a directory, in place. */
export const signCommand = (terminal: Terminal): Command =>
  new Command('sign')
    .description('sign a bundle or a directory, in place of any signature that it has')
    .argument('<path>', 'a bundle, or the directory of a constitution')
    .requiredOption('--key <file>', 'the private key, in PEM')
    .requiredOption('--key-id <id>', 'what verifiers know the key by')
    .requiredOption('--scope <scope>', 'what the signature is made for; verifiers must be configured with the same')
    .addOption(new Option('--algorithm <name>', 'the usual one of the key').choices(signatureAlgorithms))
    .addOption(new Option('--status <status>', 'what it is from now on (what it says already)').choices(bundleStatuses))
    .option('--revoke <hash...>', 'constitutions of this name that must not be in force any more')
    .option('--json', 'print JSON')
    .action((path: string, options: Options) => sign(path, options, terminal));
