import { seededRandom, uuidV7Source } from '@charterbus/core-models';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { sampleAdmission } from '../../src/testing/index.js';
import { MemoryUsage } from '../../src/usage/memory-usage.js';

const now = Date.UTC(2026, 0, 1);
const ids = uuidV7Source({ now: () => now }, seededRandom(1));

/** Few values, so that messages are often like the one before, and often in all but one thing. */
const messages = fc.array(
  fc.record({
    from: fc.constantFrom('a', 'b'),
    type: fc.constantFrom('query', 'event'),
    allowed: fc.integer({ min: 0, max: 1 }),
    held: fc.integer({ min: 0, max: 2 }),
    facts: fc.constantFrom('none', 'asked', 'gathered'),
    cause: fc.constantFrom('policy', 'quota'),
    minute: fc.integer({ min: 0, max: 1 }),
  }),
  { maxLength: 30 },
);

type Message = typeof messages extends fc.Arbitrary<readonly (infer One)[]> ? One : never;

const admissionOf = ({ from, type, allowed, held, facts, cause, minute }: Message) => {
  const at = now + minute * 60_000;
  const plain = sampleAdmission({ ids, now: at, from, type } as never);
  const [send, receive] = plain.verdicts;
  const digest = facts === 'gathered' ? { digest: 'f'.repeat(64) } : {};
  const gathered = facts === 'none' ? {} : { facts: { action: 'refund', ...digest } };
  const recipients = { allowed, held, denied: 0 };
  return { ...plain, recipients, verdicts: [{ ...send, cause, ...gathered }, receive] } as typeof plain;
};

const sumOf = (usage: MemoryUsage): Record<string, number> => {
  const sums: Record<string, number> = {};
  for (const { at, operations, bytes = 0, tenant, agent, type, tier, outcome, tool } of usage.read(0, 10_000).records) {
    const key = JSON.stringify([Math.floor(at / 60_000), tenant, agent, type, tier, outcome, tool]);
    for (const [name, count] of Object.entries({ ...operations, bytes }))
      sums[`${key} ${name}`] = (sums[`${key} ${name}`] ?? 0) + count;
  }
  return sums;
};

it('counts messages that are like the one before as it counts each by itself', () => {
  fc.assert(
    fc.property(messages, (list) => {
      const together = new MemoryUsage('together', { enterprise: new Set(), leaves: true });
      const alone: Record<string, number> = {};
      for (const message of list) {
        const admission = admissionOf(message);
        together.admitted(admission);
        const one = new MemoryUsage('alone', { enterprise: new Set(), leaves: true });
        one.admitted(admission);
        for (const [key, count] of Object.entries(sumOf(one))) alone[key] = (alone[key] ?? 0) + count;
      }
      expect(sumOf(together)).toEqual(alone);
    }),
    { seed: 7, numRuns: 200 },
  );
});

it('counts all of an agent whose messages are of very many kinds', () => {
  const usage = new MemoryUsage('many', { enterprise: new Set(), leaves: true });
  for (let n = 0; n < 200; n++) {
    const plain = sampleAdmission({ ids, now, from: 'a' } as never);
    usage.admitted({ ...plain, recipients: { allowed: 1, held: n % 100, denied: 0 } });
  }
  const { records } = usage.read(0, 10_000);
  const sum = (of: (record: (typeof records)[number]) => number | undefined): number =>
    records.reduce((total, record) => total + (of(record) ?? 0), 0);
  expect(sum(({ operations }) => operations.agent_message)).toBe(200);
  expect(sum(({ operations }) => operations.deliberation_request)).toBe(2 * 4950);
});
