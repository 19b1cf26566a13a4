import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CircuitBreakers } from '@charterbus/recovery';
import { expect, onTestFinished, test } from 'vitest';
import { createBus } from '../src/index.js';

const manifest = `format: charterbus.constitution/1
name: own
revision: 1
engine: { kind: opa, url: "http://opa.internal:8181", path: charterbus/decision }
tests: optional
facts:
  providers:
    risk: { parameters: [string], returns: int }
  send: { rating: risk("a") }
`;

const constitution = (): string => {
  const directory = mkdtempSync(join(tmpdir(), 'charterbus-breakers-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  writeFileSync(join(directory, 'manifest.yaml'), manifest);
  return directory;
};

test('a bus lists the breakers of all that its constitution asks, in the list that it is given', async () => {
  const breakers = new CircuitBreakers();
  const bus = await createBus({ constitution: constitution(), providers: { risk: () => 1 }, breakers });
  expect(bus.breakers).toBe(breakers);
  expect(breakers.names).toEqual(['opa:opa.internal:8181', 'provider:risk']);
  await bus.drain();
  expect(breakers.names).toEqual([]);
});

test('a bus that is given no list has one of its own', async () => {
  await using bus = await createBus();
  expect(bus.breakers.names).toEqual([]);
});
