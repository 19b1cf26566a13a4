// What a message costs, send to acknowledgement, in this build and in another one, in turns within one process:
// node dist/bench/telemetry.js /path/to/other/packages/bus/dist/index.js [rounds]
// Without another build it is compared with itself: what it then tells apart is noise.
import { pathToFileURL } from 'node:url';
import { createBus, memoryBackend } from '@charterbus/bus';

type Open = typeof createBus;
type Memory = typeof memoryBackend;

/** Of this thread: what others do on the machine meanwhile counts for little. */
const cpuMicroseconds = (): number => {
  const { user, system } = process.threadCpuUsage();
  return user + system;
};

const perRound = 20_000;
const inFlight = 256;

const [other, rounds = '60'] = process.argv.slice(2);

interface Side {
  readonly run: () => Promise<number>;
  readonly close: () => Promise<unknown>;
  readonly nanoseconds: number[];
}

const open = async (create: Open, memory: Memory): Promise<Side> => {
  const bus = await create({ backend: memory({ log: false }) });
  const { handle: planner } = await bus.register({ tenant: 'acme', id: 'planner' });
  const { handle: worker } = await bus.register({ tenant: 'acme', id: 'worker' });
  let wake = (): void => undefined;
  let left = 0;
  worker.handle(
    () => {
      left -= 1;
      if (left === 0) wake();
    },
    { credit: inFlight },
  );
  const run = async (): Promise<number> => {
    const began = cpuMicroseconds();
    for (let sent = 0; sent < perRound; sent += inFlight) {
      const { promise, resolve } = Promise.withResolvers<void>();
      wake = resolve;
      left = Math.min(inFlight, perRound - sent);
      for (let one = left; one > 0; one--) {
        void planner.send({ to: { agent: 'worker' }, type: 'query', content: { number: one, text: 'look at this' } });
      }
      await promise;
    }
    return ((cpuMicroseconds() - began) * 1000) / perRound;
  };
  return { run, close: () => bus.drain(), nanoseconds: [] };
};

const quantile = (values: readonly number[], share: number): number =>
  values.toSorted((left, right) => left - right)[Math.floor(share * (values.length - 1))] ?? Number.NaN;

const told = (values: readonly number[]): string =>
  [0.25, 0.5, 0.75].map((share) => quantile(values, share).toFixed(0)).join(' / ');

const theirs = (other === undefined ? { createBus, memoryBackend } : await import(pathToFileURL(other).href)) as {
  createBus: Open;
  memoryBackend: Memory;
};
const sides = [await open(createBus, memoryBackend), await open(theirs.createBus, theirs.memoryBackend)] as const;
for (let round = -10; round < Number(rounds); round++) {
  // Whoever is first in one round is second in the next.
  for (const side of round % 2 === 0 ? sides : sides.toReversed()) {
    global.gc?.();
    const nanoseconds = await side.run();
    if (round >= 0) side.nanoseconds.push(nanoseconds);
  }
}
const [ours, others] = sides;
const differences = ours.nanoseconds.map((value, round) => value - (others.nanoseconds[round] ?? 0));
process.stdout.write(`this build   ${told(ours.nanoseconds)} ns a message (quartiles)\n`);
process.stdout.write(`other build  ${told(others.nanoseconds)} ns a message\n`);
process.stdout.write(`difference   ${told(differences)} ns a message, of ${differences.length} pairs of rounds\n`);
for (const side of sides) await side.close();
