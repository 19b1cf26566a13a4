// Claims until its input ends, and does with what it is given what consumers do: acknowledges, fails, gives up, is late,
// forgets it, and dies of poison. Says a line for each settlement.
import { argv, stdin, stdout } from 'node:process';
import { machineMs, Recorder } from '../history/recorder.ts';
import { ask, chanceOf, pause } from './ask.ts';
import type { ConsumerOptions } from './options.ts';

const options = JSON.parse(argv[2] ?? '{}') as ConsumerOptions;
const { directory, by, url, token, seed, lanes, workMs } = options;
const leaseMs = options.leaseMs ?? 600;
const chance = chanceOf(seed);
const recorder = new Recorder(directory, by);
let ended = false;
stdin.resume().once('end', () => {
  ended = true;
});

interface Delivery {
  readonly id: string;
  readonly fencingToken: number;
  readonly attempt: number;
  readonly message: { readonly id: string; readonly expiresAt?: string; readonly content: { readonly poison?: true } };
}

type Outcome = 'ack' | 'nack' | 'reject';

/** An acknowledgement whose answer was lost is repeated; it has then reached what it wanted. */
const settle = async ({ id, fencingToken }: Delivery, outcome: Outcome): Promise<void> => {
  recorder.note({ kind: 'settling', delivery: id, token: fencingToken, outcome });
  for (let attempt = 0; attempt < 5; attempt++) {
    const from = machineMs();
    const answer = await ask(url, token, `/v1/deliveries/${id}/${outcome}`, { fencingToken });
    if (answer !== undefined && answer.status < 300) {
      recorder.note({ kind: 'settled', from, delivery: id, token: fencingToken, outcome });
      stdout.write('settled\n');
      return;
    }
    if (answer !== undefined && answer.status < 500 && answer.status !== 429) {
      const code = String(answer.body['code']);
      recorder.note({ kind: 'settlement-refused', from, delivery: id, token: fencingToken, code });
      stdout.write('refused\n');
      return;
    }
    // Only what may be repeated is.
    if (outcome !== 'ack') return;
    await pause(20);
  }
};

const work = async (delivery: Delivery): Promise<void> => {
  if (delivery.message.content.poison === true) process.kill(process.pid, 'SIGKILL');
  if (workMs > 0) await pause(workMs);
  const luck = chance();
  if (luck < options.late) await pause(leaseMs * 1.3);
  else if (luck < options.late + options.forgets) return;
  else if (luck < options.late + options.forgets + options.fails) {
    await settle(delivery, chance() < 0.8 ? 'nack' : 'reject');
    return;
  }
  await settle(delivery, 'ack');
};

const claim = async (): Promise<readonly Delivery[]> => {
  const from = machineMs();
  const wall = Date.now();
  const answer = await ask(url, token, '/v1/deliveries/claim', { max: options.max, waitMs: 300, leaseMs });
  const deliveries = (answer?.body['deliveries'] ?? []) as readonly Delivery[];
  if (answer === undefined || answer.status >= 300) await pause(20);
  for (const { id, fencingToken, attempt, message } of deliveries) {
    const expiry = message.expiresAt === undefined ? {} : { expiresAt: Date.parse(message.expiresAt) };
    const lease = { delivery: id, message: message.id, token: fencingToken, attempt, leaseMs, local: false };
    recorder.note({ kind: 'leased', from, wall, ...lease, ...expiry, ...(options.unsure ? { unsure: true } : {}) });
  }
  return deliveries;
};

const lane = async (): Promise<void> => {
  while (!ended) for (const delivery of await claim()) await work(delivery);
};
await Promise.all(Array.from({ length: lanes }, lane));
