// The process of one row: `row-process.js SUITE ROW`, started by the harness with a channel.
import { startHere } from './harness/runner.js';
import { serveRow } from './harness/serve-row.js';
import { findRow } from './suites/registry.js';

const [suite = '', row = ''] = process.argv.slice(2);
await serveRow(async () => startHere(suite, findRow(suite, row)), {
  send: (answer) => void process.send?.(answer),
  onQuestion: (listener) => void process.on('message', listener),
  onGone: (listener) => void process.on('disconnect', listener),
  end: () => process.exit(),
});
