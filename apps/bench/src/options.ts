import { Argument, Command } from 'commander';

export interface BenchOptions {
  /** Names; none means all. */
  readonly suites: readonly string[];
  readonly quick: boolean;
  /** The file to write the report for programs to. */
  readonly json?: string;
  readonly markdown?: string;
}

interface Flags {
  readonly quick?: boolean;
  readonly json?: string;
  readonly markdown?: string;
}

/** The command line; `run` is given what it says. */
export const benchCommand = (suites: readonly string[], run: (options: BenchOptions) => Promise<void>): Command =>
  new Command('bench')
    .description('Measures what governance costs, beside what one would use instead and beside the bare engines.')
    .addArgument(new Argument('[suite...]', 'what to measure; without any, all').choices(suites))
    .option('--quick', 'few short rounds: for a first look, not for conclusions')
    .option('--json <file>', 'write the report as JSON')
    .option('--markdown <file>', 'write the tables as Markdown')
    .action((chosen: readonly string[], { quick = false, ...files }: Flags) =>
      run({ suites: chosen, quick, ...files }),
    );
