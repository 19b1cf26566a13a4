import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { ConfigurationError, type RandomSource } from '@charterbus/core-models';

const tokenFileName = 'operator.token';

/** Recognisable, so that scanners for leaked secrets can find it. */
const prefix = 'cbo_';
/** 256 bits. */
const randomBytes = 32;
const tokenPattern = /^[\x21-\x7e]{16,256}$/;

/** The operator's token and where a person finds it. */
export interface OperatorToken {
  readonly token: string;
  /** Never the token itself. */
  readonly place: string;
}

const codeOf = (cause: unknown): string =>
  cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : 'unknown error';

const refuse = (file: string, why: string, cause?: unknown): ConfigurationError =>
  new ConfigurationError('CONFIGURATION_INVALID', `The operator's token in ${file} ${why}.`, { cause });

/** What others could read is no secret any more; it is refused, not tightened, so that somebody notices. */
const checkFile = (descriptor: number, file: string): void => {
  const { mode, uid } = fstatSync(descriptor);
  const own = process.getuid?.();
  if ((mode & constants.S_IFMT) !== constants.S_IFREG) throw refuse(file, 'is not in a plain file');
  if (own === undefined) return;
  if (uid !== own) throw refuse(file, 'belongs to another user');
  if ((mode & 0o077) !== 0) {
    throw refuse(file, 'can be read by others: remove the file to get a new token, or `chmod 600` it if nobody did');
  }
};

/** The token that the file holds, or nothing where there is no file. */
const readToken = (file: string): string | undefined => {
  let descriptor: number;
  try {
    descriptor = openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') return undefined;
    throw refuse(file, `cannot be read (${codeOf(cause)})`, cause);
  }
  try {
    checkFile(descriptor, file);
    const token = readFileSync(descriptor, 'utf8').trim();
    if (!tokenPattern.test(token)) throw refuse(file, 'must be 16 to 256 visible ASCII characters');
    return token;
  } finally {
    closeSync(descriptor);
  }
};

/** Written apart and renamed: the file is there whole or not at all, and never with another mode. */
const writeToken = (file: string, token: string): void => {
  const draft = `${file}.new`;
  try {
    rmSync(draft, { force: true });
    const descriptor = openSync(draft, 'wx', 0o600);
    try {
      writeFileSync(descriptor, `${token}\n`);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    renameSync(draft, file);
  } catch (cause) {
    throw refuse(file, `cannot be written (${codeOf(cause)})`, cause);
  }
};

/**
 * The token that was configured, else the data directory's, made on first start. The caller owns the directory, so that
 * no two make it at once.
 *
 * @throws ConfigurationError `CONFIGURATION_INVALID`, never with a token in its words.
 */
export const operatorToken = (
  dataDirectory: string,
  configured: string | undefined,
  random: RandomSource,
): OperatorToken => {
  if (configured !== undefined) return { token: configured, place: 'CHARTERBUS_OPERATOR_TOKEN' };
  const file = resolve(join(dataDirectory, tokenFileName));
  const kept = readToken(file);
  if (kept !== undefined) return { token: kept, place: file };
  const token = prefix + Buffer.from(random.bytes(randomBytes)).toString('base64url');
  writeToken(file, token);
  return { token, place: file };
};
