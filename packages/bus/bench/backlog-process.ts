/**
 * One of the two processes of `backlog.ts`: `fill` sends until so many messages wait, says so, and waits to be killed; `take`
 * opens what was left, and says when the first message reaches a handler and when the last does.
 */
import { readFileSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { type AgentHandle, type Bus, createBus } from '../src/index.js';
import { sqliteBackend } from '../src/sqlite.js';

const [role = '', directory = '', count = '0'] = process.argv.slice(2);
const messages = Number(count);
/** With the quotes and the number, 256 bytes of JSON. */
const text = 'x'.repeat(230);
const together = 1000;
/** Its stream is never made: what it would hold back is lost with the process. */
const standardOutput = 1;

const mebibytes = (bytes: number): number => Math.round(bytes / 2 ** 20);

/** Tells what happened, how long after the start of the process (not of the bus), and what is resident. */
const tell = (what: string, more: Readonly<Record<string, number>> = {}): void => {
  const memory = { rss: mebibytes(process.memoryUsage.rss()), peak: mebibytes(process.resourceUsage().maxRSS * 1024) };
  writeSync(
    standardOutput,
    `${JSON.stringify({ what, afterMs: Math.round(performance.now()), ...memory, ...more })}\n`,
  );
};

const open = (): Promise<Bus> =>
  createBus({
    backend: sqliteBackend({ directory }),
    delivery: { mailboxLimit: messages + together, totalLimit: messages + together },
  });

const contentOf = (n: number) => ({ n: String(n).padStart(7, '0'), text });

const fill = async (): Promise<void> => {
  const bus = await open();
  const { handle: planner } = await bus.register({ tenant: 'acme', id: 'planner' });
  writeFileSync(join(directory, 'worker.token'), (await bus.register({ tenant: 'acme', id: 'worker' })).token);
  for (let sent = 0; sent < messages; sent += together) {
    const drafts = Array.from({ length: Math.min(together, messages - sent) }, (_, place) => ({
      to: { agent: 'worker' },
      type: 'query' as const,
      content: contentOf(sent + place),
    }));
    for (const { status } of await planner.sendBatch(drafts)) {
      if (status !== 'accepted') throw new Error(`A message of the backlog is ${status}.`);
    }
    if ((sent / together) % 100 === 99) tell('filling', { messages: sent + drafts.length });
  }
  globalThis.gc?.();
  tell('filled', { messages });
};

/** Counts what comes; resolves with the last. */
const take = (worker: AgentHandle): Promise<void> => {
  const { promise, resolve } = Promise.withResolvers<void>();
  let taken = 0;
  worker.handle(
    async (_message, delivery) => {
      taken += 1;
      if (taken === 1) tell('first delivery');
      await delivery.ack();
      if (taken % 100_000 === 0) tell('taking', { messages: taken });
      if (taken === messages) resolve();
    },
    { credit: 256 },
  );
  return promise;
};

if (role === 'fill') {
  await fill();
  // Until it is killed.
  setInterval(() => undefined, 60_000);
} else {
  tell('started');
  const bus = await open();
  tell('open', { queued: bus.counts.queued });
  await take(bus.connect(readFileSync(join(directory, 'worker.token'), 'utf8')));
  tell('taken', { messages });
  await bus.drain();
}
