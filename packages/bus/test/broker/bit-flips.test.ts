import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CharterbusError, seededRandom } from '@charterbus/core-models';
import { rulesConstitution } from '@charterbus/policy-client/testing';
import { expect, test } from 'vitest';
import { type Bus, createBus } from '../../src/index.js';
import { sqliteBackend } from '../../src/sqlite.js';
import { temporaryDirectory } from '../support/directories.js';
import { claimAll, turn } from '../support/fleet.js';

const seed = 20_261_201;
const messages = 60;
const flips = 150;

const open = (directory: string): Promise<Bus> =>
  createBus({
    constitution: rulesConstitution([{ id: 'all', effect: 'permit' }]),
    backend: sqliteBackend({ directory }),
    onBackgroundError: () => undefined,
  });

interface Stored {
  readonly file: Buffer;
  readonly token: string;
  /** The content of each message that waits, by its id. */
  readonly waiting: ReadonlyMap<string, unknown>;
  readonly acknowledged: ReadonlySet<string>;
}

/** A store whose process has ended: some messages wait, others were acknowledged. */
const store = async (): Promise<Stored> => {
  const directory = temporaryDirectory();
  const bus = await open(directory);
  const { handle: planner } = await bus.register({ tenant: 'acme', id: 'planner' });
  const { handle: worker, token } = await bus.register({ tenant: 'acme', id: 'worker' });
  const waiting = new Map<string, unknown>();
  for (let number = 0; number < messages; number++) {
    const content = { number, text: String(number).repeat(100) };
    const { messageId } = await planner.send({ to: { agent: 'worker' }, type: 'query', content });
    waiting.set(messageId, content);
  }
  const acknowledged = new Set<string>();
  const abort = new AbortController();
  const claimed = await worker.claim({ max: 20, waitMs: 0, leaseMs: 10_000, signal: abort.signal });
  for (const { id, fencingToken, message } of claimed) {
    await worker.ack({ deliveryId: id, fencingToken });
    acknowledged.add(message.id);
    waiting.delete(message.id);
  }
  await bus.drain(0);
  return { file: readFileSync(join(directory, 'store.sqlite')), token, waiting, acknowledged };
};

/** What is wrong with what comes out of a store, and that nobody said; nothing, where everything is there or was said. */
const unsaid = async (bus: Bus, { token, waiting, acknowledged }: Stored): Promise<readonly string[]> => {
  const given = new Map<string, unknown>();
  for (const { message } of await claimAll(bus.connect(token))) given.set(message.id, message.content);
  // What cannot be given is set aside, and that is committed behind the claim.
  for (let count = 0; count < 1000 && bus.counts.queued > 0; count++) await turn();
  for (let count = 0; count < 20; count++) await turn();
  const letters = await bus.operations.deadLetters({ limit: 1000 });
  const said = new Set(letters.items.map(({ messageId }) => messageId));
  const wrong = [...given.keys()].filter((id) => acknowledged.has(id)).map((id) => `${id} was given again`);
  for (const [id, content] of waiting) {
    if (said.has(id)) continue;
    if (!given.has(id)) wrong.push(`${id} is missing`);
    else if (JSON.stringify(given.get(id)) !== JSON.stringify(content)) wrong.push(`${id} is another one`);
  }
  return wrong;
};

/** `kept`, the code of a refusal, or what nobody said. */
const outcomeOf = async (stored: Stored, file: Buffer, directory: string): Promise<string> => {
  mkdirSync(directory);
  writeFileSync(join(directory, 'store.sqlite'), file);
  let bus: Bus | undefined;
  try {
    bus = await open(directory);
    const wrong = await unsaid(bus, stored);
    return wrong.length === 0 ? 'kept' : wrong.join(', ');
  } catch (error) {
    return CharterbusError.isInstance(error) ? error.code : String(error);
  } finally {
    await bus?.drain(0);
  }
};

test(`no bit that turns in the file loses a message, changes one or gives one again, unless it is said (seed ${seed})`, async () => {
  const stored = await store();
  const random = seededRandom(seed);
  const parent = temporaryDirectory();
  const outcomes = new Map<string, number>();
  for (let flip = 0; flip < flips; flip++) {
    const file = Buffer.from(stored.file);
    const [a = 0, b = 0, c = 0, bit = 0] = random.bytes(4);
    const place = (a * 65_536 + b * 256 + c) % file.length;
    file[place] = (file[place] ?? 0) ^ (1 << (bit % 8));
    const outcome = await outcomeOf(stored, file, join(parent, String(flip)));
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
  }
  const stable = /^(kept|STORE_CORRUPT|CONFIGURATION_INVALID|CONSTITUTION_INVALID|CREDENTIAL_REFUSED)$/;
  expect([...outcomes.keys()].filter((outcome) => !stable.test(outcome))).toEqual([]);
  expect(outcomes.get('STORE_CORRUPT')).toBeGreaterThan(0);
}, 120_000);
