// Sends until its input ends, each message under a dedupe key, again and again until it knows what became of it: also what the
// process of this name before it, which was killed, did not live to learn. Says a line for each receipt.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { argv, stdin, stdout } from 'node:process';
import { machineMs, Recorder } from '../history/recorder.ts';
import { ask, chanceOf, pause } from './ask.ts';
import type { SenderOptions } from './options.ts';

const options = JSON.parse(argv[2] ?? '{}') as SenderOptions;
const { directory, by, url, token, seed, recipients, lanes, hash } = options;
const chance = chanceOf(seed);
let ended = false;
stdin.resume().once('end', () => {
  ended = true;
});

type Draft = Readonly<Record<string, unknown>>;

/** What was begun under this name and never answered. */
const leftOver = (): ReadonlyMap<string, Draft> => {
  const open = new Map<string, Draft>();
  for (const name of readdirSync(directory).filter((file) => file.startsWith(`${by}-`))) {
    for (const line of readFileSync(join(directory, name), 'utf8').split('\n').slice(0, -1)) {
      const { kind, send, draft } = JSON.parse(line) as { kind: string; send: string; draft?: Draft };
      if (kind === 'sending' && draft !== undefined) open.set(send, draft);
      else open.delete(send);
    }
  }
  return open;
};

const begun = leftOver();
const recorder = new Recorder(directory, by);

/** Until it is known what became of it. */
const sendOnce = async (send: string, draft: Draft): Promise<void> => {
  for (;;) {
    const from = machineMs();
    const answer = await ask(url, token, '/v1/messages', draft);
    if (answer === undefined || answer.status >= 500 || answer.status === 429) {
      await pause(5 + 40 * chance());
      continue;
    }
    const { messageId, leafIndex, durability, duplicate, code } = answer.body;
    if (answer.status === 202 || answer.status === 200) {
      const receipt = { message: String(messageId), leaf: Number(leafIndex), durability: String(durability) };
      recorder.note({ kind: 'receipt', from, send, ...receipt, duplicate: duplicate === true });
      stdout.write('receipt\n');
    } else recorder.note({ kind: 'refused', from, send, code: String(code) });
    return;
  }
};

let count = 0;
const draftOf = (send: string): Draft => {
  const agent = recipients[Math.floor(chance() * recipients.length)];
  const poison = chance() < (options.poison ?? 0);
  return {
    to: { agent },
    type: 'query',
    content: { send, ...(poison ? { poison } : {}) },
    constitutionalHash: hash,
    dedupeKey: send,
    // A poisonous one has no others behind it: who is killed by it is killed once an attempt.
    ...(!poison && chance() < 0.4 ? { orderingKey: `key-${Math.floor(chance() * 3)}` } : {}),
    ...(options.expires && chance() < 0.1 ? { expiresAt: Date.now() + Math.floor(50 + 800 * chance()) } : {}),
    retry: { attempts: poison ? 3 : 20, backoffMs: 20 },
  };
};

const lane = async (): Promise<void> => {
  while (!ended && count < (options.most ?? Number.POSITIVE_INFINITY)) {
    const send = `${by}-${process.pid}-${++count}`;
    const draft = draftOf(send);
    recorder.note({ kind: 'sending', send, draft });
    await sendOnce(send, draft);
    if (chance() < 0.1) await sendOnce(send, draft);
    await pause(options.everyMs ?? 4);
  }
};

await Promise.all([...begun].map(([send, draft]) => sendOnce(send, draft)));
await Promise.all(Array.from({ length: lanes }, lane));
