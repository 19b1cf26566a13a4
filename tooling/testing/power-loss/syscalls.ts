/** What a process did to files and what it said, in its order. */
export type Syscall =
  | { readonly kind: 'write'; readonly path: string; readonly offset: number; readonly data: Buffer }
  | { readonly kind: 'truncate'; readonly path: string; readonly size: number }
  | { readonly kind: 'sync'; readonly path: string }
  | { readonly kind: 'failed-sync'; readonly path: string }
  /** A name that may have been there before. */
  | { readonly kind: 'create'; readonly path: string; readonly empties: boolean }
  | { readonly kind: 'remove'; readonly path: string }
  | { readonly kind: 'rename'; readonly path: string; readonly to: string }
  | { readonly kind: 'said'; readonly text: string };

/** Which of a thread's syncs, counted from 1, fail with EIO: each `step`th from the first to the last. */
export interface FailingSyncs {
  readonly first: number;
  /** At most 65,535. */
  readonly last: number;
  readonly step: number;
}

/** The arguments of strace that give lines as `readSyscalls` takes them. */
export const straceArguments = (output: string, failingSyncs?: FailingSyncs): readonly string[] => [
  ...(failingSyncs === undefined
    ? []
    : [`-einject=fsync,fdatasync:error=EIO:when=${failingSyncs.first}..${failingSyncs.last}+${failingSyncs.step}`]),
  '-f',
  '-y',
  '-xx',
  '-s100000',
  '-esignal=none',
  '-etrace=pwrite64,write,fsync,fdatasync,ftruncate,open,openat,unlink,unlinkat,rename,renameat,renameat2',
  '-o',
  output,
];

const callPattern = /^\d+ +(pwrite64|write|fsync|fdatasync|ftruncate)\((\d+)<([^>]*)>(.*)\) = (\d+)$/;
const failedSyncPattern = /^\d+ +(?:fsync|fdatasync)\(\d+<([^>]*)>\) = -1 /;
const textPattern = /"((?:\\x[0-9a-f]{2})*)"/;

const createPattern = /^\d+ +open(?:at)?\(.*"((?:\\x[0-9a-f]{2})*)", ([A-Z_|]+)(?:, 0[0-7]*)?\) = \d+<([^>]*)>$/;
const namesPattern = /^\d+ +(unlink|unlinkat|rename|renameat|renameat2)\((.*)\) = 0$/;
const quotedPattern = /"((?:\\x[0-9a-f]{2})*)"/g;

/** The path as it is: with `-xx` strace writes it as hex as well. */
const plainPath = (path: string): string =>
  path.replaceAll(/\\x([0-9a-f]{2})/g, (_match, hex: string) => String.fromCodePoint(Number.parseInt(hex, 16)));

const bytesOf = (text: string): Buffer =>
  Buffer.from((textPattern.exec(text)?.[1] ?? '').replaceAll(String.raw`\x`, ''), 'hex');

const lastNumber = (text: string): number => Number(text.slice(text.lastIndexOf(',') + 1));

const readCall = (line: string): Syscall | undefined => {
  const [, call, descriptor, rawPath = '', rest = '', result = ''] = callPattern.exec(line) ?? [];
  const path = plainPath(rawPath);
  switch (call) {
    case 'pwrite64':
      return { kind: 'write', path, offset: lastNumber(rest), data: bytesOf(rest).subarray(0, Number(result)) };
    case 'ftruncate':
      return { kind: 'truncate', path, size: lastNumber(rest) };
    case 'fsync':
    case 'fdatasync':
      return { kind: 'sync', path };
    case 'write':
      return descriptor === '1' ? { kind: 'said', text: bytesOf(rest).toString() } : undefined;
    default:
      return undefined;
  }
};

const readCreation = (line: string): Syscall | undefined => {
  const [, , flags = '', path = ''] = createPattern.exec(line) ?? [];
  const stated = flags.split('|');
  if (!stated.includes('O_CREAT')) return undefined;
  return { kind: 'create', path: plainPath(path), empties: stated.includes('O_TRUNC') };
};

/** Names that are given up or changed; they are stated as whole paths by all that is looked at here. */
const readNames = (line: string): Syscall | undefined => {
  const [, call, rest = ''] = namesPattern.exec(line) ?? [];
  if (call === undefined) return undefined;
  const [path = '', to = ''] = [...rest.matchAll(quotedPattern)].map(([, quoted = '']) => plainPath(quoted));
  return call.startsWith('unlink') ? { kind: 'remove', path } : { kind: 'rename', path, to };
};

const readFailedSync = (line: string): Syscall | undefined => {
  const [, path] = failedSyncPattern.exec(line) ?? [];
  return path === undefined ? undefined : { kind: 'failed-sync', path: plainPath(path) };
};

const begunPattern = /^(\d+) .* <unfinished \.\.\.>$/;
const resumedPattern = /^(\d+) +<\.\.\. \w+ resumed>(.*)$/;

/** Calls of several threads that overlap, each in one line where it ended. One thread alone writes a store, in its own order. */
const wholeLines = (text: string): readonly string[] => {
  const begun = new Map<string, string>();
  return text.split('\n').flatMap((line) => {
    const [, beginner] = begunPattern.exec(line) ?? [];
    if (beginner !== undefined) {
      begun.set(beginner, line.replace(' <unfinished ...>', ''));
      return [];
    }
    const [, thread, rest = ''] = resumedPattern.exec(line) ?? [];
    return thread === undefined ? [line] : [`${begun.get(thread) ?? thread}${rest}`];
  });
};

const readers = [readCall, readFailedSync, readCreation, readNames];

/** Reads what strace wrote. Calls that failed are left out, but for syncs. */
export const readSyscalls = (text: string): readonly Syscall[] =>
  wholeLines(text).flatMap((line) => readers.map((read) => read(line)).find((call) => call !== undefined) ?? []);
