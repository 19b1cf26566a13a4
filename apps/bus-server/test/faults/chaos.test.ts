import { describe, expect, it } from 'vitest';
import { chaos } from './support/chaos.js';
import { type FaultName, faultNames } from './support/faults.js';

const kinds: Readonly<Record<string, readonly FaultName[]>> = {
  killed: ['kill the server', 'kill a sender', 'kill a consumer'],
  stopped: ['stop a consumer', 'stop the server'],
  cut: ['cut requests', 'cut replies', 'refuse connections', 'swallow bytes', 'delay bytes', 'slice bytes'],
  jumps: ['set the clock'],
  mixed: faultNames,
};

const seed = Number(process.env['CHARTERBUS_SEED'] ?? 20_261_201);

describe('a server whose people and connections', () => {
  it.each(Object.entries(kinds))(
    `are %s keeps what it promised (seed ${seed})`,
    async (name, names) => {
      const events = await chaos(`server-${name}`, seed, names, 6);
      const count = (kind: string): number => events.filter((event) => event.kind === kind).length;
      expect(count('receipt')).toBeGreaterThan(100);
      expect(count('settled')).toBeGreaterThan(100);
    },
    180_000,
  );
});
