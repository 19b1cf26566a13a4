import { startInOwnProcess } from './harness/own-process.js';
import { benchCommand } from './options.js';
import { showProgress } from './progress.js';
import { runBench } from './run-bench.js';
import { suites } from './suites/registry.js';

const names = suites.map(({ name }) => name);

await benchCommand(names, (options) =>
  runBench(options, {
    suites,
    start: startInOwnProcess(new URL('./row-process.js', import.meta.url)),
    progress: showProgress(process.stderr),
    print: (text) => process.stdout.write(text),
  }),
).parseAsync();
