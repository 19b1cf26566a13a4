import {
  BundleTrust,
  bundleOfFiles,
  checkStatus,
  type SignatureAlgorithm,
  signatureAlgorithms,
} from '@charterbus/policy-client';
import { Command, Option } from 'commander';
import type { Terminal } from '../terminal.js';
import { algorithmFor, readPublicKey } from './key-file.js';
import { readWithStatement } from './read-files.js';

interface Options {
  readonly key: string;
  readonly keyId: string;
  readonly scope: string;
  readonly algorithm?: SignatureAlgorithm;
  readonly json?: true;
}

const trustOf = async ({ key, keyId: id, scope, algorithm }: Options): Promise<BundleTrust> => {
  const publicKey = await readPublicKey(key);
  return new BundleTrust({ keys: [{ id, publicKey, algorithm: algorithmFor(publicKey, id, algorithm) }], scope });
};

const mayBeInForce = (bundle: Parameters<typeof checkStatus>[0]): boolean => {
  try {
    checkStatus(bundle);
    return true;
  } catch {
    return false;
  }
};

const verify = async (path: string, options: Options, terminal: Terminal): Promise<void> => {
  const trust = await trustOf(options);
  const bundle = await bundleOfFiles(await readWithStatement(path), { trust });
  const { name, revision, hash, status, revokes, signedBy } = bundle;
  if (options.json === true) {
    const activatable = mayBeInForce(bundle);
    terminal.print(JSON.stringify({ path, name, revision, hash, status, activatable, revokes, signedBy }));
    return;
  }
  terminal.print(
    `${path}: ${name} revision ${revision}, ${status}, signed by ${String(signedBy)}: verified (${hash}).`,
  );
  if (!mayBeInForce(bundle)) terminal.print(`What is ${status} is never in force.`);
  if (status === 'deprecated') terminal.print('It may be in force, with a warning.');
};

/** `constitution verify`: whether somebody trusted signed just this, for this purpose. */
export const verifyCommand = (terminal: Terminal): Command =>
  new Command('verify')
    .description('verify the signature of a bundle or a directory')
    .argument('<path>', 'a bundle, or the directory of a constitution')
    .requiredOption('--key <file>', 'the public key or a certificate, in PEM')
    .requiredOption('--key-id <id>', 'the id that the signature must name, if it names one')
    .requiredOption('--scope <scope>', 'what the signature must have been made for')
    .addOption(new Option('--algorithm <name>', 'the usual one of the key').choices(signatureAlgorithms))
    .option('--json', 'print JSON')
    .action((path: string, options: Options) => verify(path, options, terminal));
