// A bus on SQLite whose handler ends the process, as abruptly as a kill, in the turn in which it is given anything.
import { existsSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { createBus } from '@charterbus/bus';
import { sqliteBackend } from '@charterbus/bus/sqlite';
import { rulesConstitution } from '@charterbus/policy-client/testing';

const [directory = ''] = process.argv.slice(2);
/** Its stream is never made, so that it stays blocking. */
const standardOutput = 1;
const bus = await createBus({
  constitution: rulesConstitution([{ id: 'all', effect: 'permit' }]),
  backend: sqliteBackend({ directory }),
  delivery: { backoffMs: 1 },
});
const file = join(directory, 'worker.token');
const isFirst = !existsSync(file);
if (isFirst) writeFileSync(file, (await bus.register({ tenant: 'acme', id: 'worker' })).token);
bus.connect(readFileSync(file, 'utf8')).handle((_message, delivery) => {
  writeSync(standardOutput, `given ${delivery.attempt}\n`);
  process.kill(process.pid, 'SIGKILL');
});
if (isFirst) {
  const { handle: planner } = await bus.register({ tenant: 'acme', id: 'planner' });
  await planner.send({ to: { agent: 'worker' }, type: 'query', content: 'poison', retry: { attempts: 2 } });
}
const turn = (): Promise<void> => {
  const { promise, resolve } = Promise.withResolvers<void>();
  setImmediate(resolve);
  return promise;
};
while (bus.counts.queued + bus.counts.leased > 0) await turn();
for (const { reason, attempts } of (await bus.operations.deadLetters()).items)
  writeSync(standardOutput, `dead ${reason} ${attempts}\n`);
await bus.drain();
