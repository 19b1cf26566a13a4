// What telemetry itself takes of one message that is sent, given and acknowledged, without an SDK: all its calls in a row, and
// nothing else. node dist/bench/telemetry-calls.js
import { type Receipt, systemClock, type Verdict } from '@charterbus/core-models';
import { Instruments } from '@charterbus/metering';
import type { Entry } from '../src/broker/entry.js';
import { Telemetry } from '../src/telemetry/telemetry.js';

const messages = 500_000;
const rounds = 30;

const receipt = { status: 'accepted' } as Receipt;
const verdicts = (['send', 'receive'] as const).map(
  (point) => ({ point, effect: 'allow', cause: 'policy' }) as unknown as Verdict,
);
const at = '2026-12-01T12:00:00.000Z';
const began = Date.parse(at);
const entry = {
  position: began * 1024,
  notBefore: 0,
  history: [
    { at, kind: 'granted', attempt: 1 },
    { at, kind: 'delivered', attempt: 1 },
  ],
} as unknown as Entry;
const limits = { contentBytes: 1, depth: 1, headers: 64, headerBytes: 4096 };

const instruments = new Instruments({ clock: systemClock });
const telemetry = new Telemetry({ instruments, clock: systemClock, inMemory: true });
let sink = 0;

const one = (draft: object): void => {
  const admitted = telemetry.admission(draft, () => {
    if (telemetry.stamped(undefined, limits) !== undefined) sink += 1;
    if (!telemetry.quiet || !telemetry.sparesCommits) sink += 1;
    telemetry.admissions.committed(verdicts, 40);
    return receipt;
  });
  if (admitted !== receipt) sink += 1;
  telemetry.deliveries.given(entry, began + 1);
  if (telemetry.traces) sink += 1;
  if (telemetry.traces) sink += 1;
  telemetry.deliveries.changed({ entry });
};

const cpuMicroseconds = (): number => {
  const { user, system } = process.threadCpuUsage();
  return user + system;
};

const nanoseconds: number[] = [];
for (let round = 0; round < rounds; round++) {
  const start = cpuMicroseconds();
  for (let count = 0; count < messages; count++) one({ count });
  nanoseconds.push(((cpuMicroseconds() - start) * 1000) / messages);
}
const sorted = nanoseconds.slice(3).toSorted((left, right) => left - right);
const quantile = (share: number): string => (sorted[Math.floor(share * (sorted.length - 1))] ?? 0).toFixed(0);
process.stdout.write(
  `telemetry of a message: ${quantile(0)} least, ${quantile(0.25)} / ${quantile(0.5)} / ${quantile(0.75)} ns (quartiles of ${sorted.length} rounds), ${sink}\n`,
);
