/** Where a command writes and what it reads, so that tests can stand in for the process. */
export interface Terminal {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** A line for standard output. */
  print(line: string): void;
  /** A line for standard error. */
  complain(line: string): void;
  /** What the process ends with, once nothing is left to do. */
  exitWith(code: number): void;
}

/** The process itself. */
export const processTerminal: Terminal = {
  environment: process.env,
  print: (line) => void process.stdout.write(`${line}\n`),
  complain: (line) => void process.stderr.write(`${line}\n`),
  exitWith: (code) => {
    process.exitCode = code;
  },
};
