import { type JsonValue, messageTypes } from '@charterbus/core-models';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ConversationReader, Observation } from '../../src/facts/conversation.js';
import type { FactScalar, FactScalarType, FactType, FactValue } from '../../src/facts/fact-value.js';
import type { GatheredFacts } from '../../src/facts/gathered-facts.js';
import { airlineData, airlineManifest } from './support/airline.js';
import { compile, factsOf } from './support/compile.js';
import { anyJson, nearly } from './support/hostile.js';
import { agent, Conversation, clerk, gathered, message, subject } from './support/messages.js';

const facts = factsOf(airlineManifest, { slots: airlineData });
const seed = 20_240_515;
const runs = { seed, numRuns: 2000 };
const leg = { flight_number: 'HAT001', date: '2024-05-20' };
const mia = { first_name: 'Mia', last_name: 'Li' };
const calls: Readonly<Record<string, JsonValue>> = {
  cancel_reservation: { reservation_id: 'AAA111' },
  update_flights: { reservation_id: 'AAA111', cabin: 'economy', flights: [leg, leg] },
  update_baggages: { reservation_id: 'BBB222', total_baggages: 3 },
  update_passengers: { reservation_id: 'AAA111', passengers: [mia, mia] },
  book_reservation: { user_id: 'mia', passengers: [mia], payment_methods: [{ payment_id: 'card_1', amount: 5 }] },
  send_certificate: { user_id: 'mia', amount: 50, reason: 'late' },
};
const hosts = ['tool:reservations', ...Object.keys(calls).map((tool) => `tool:${tool}`)];
const rows = airlineData['reservations'] as Readonly<Record<string, JsonValue>>;

const isScalar = (type: FactScalarType, value: FactScalar): boolean => {
  if (typeof value !== 'object')
    return typeof value === (type === 'int' ? 'number' : type === 'bool' ? 'boolean' : type);
  const milliseconds = 'timestamp' in value ? value.timestamp : value.milliseconds;
  return Number.isSafeInteger(milliseconds) && type === ('timestamp' in value ? 'timestamp' : 'duration');
};

const isOf = (type: FactType, value: FactValue): boolean =>
  typeof type === 'string'
    ? !Array.isArray(value) && isScalar(type, value as FactScalar)
    : Array.isArray(value) && value.every((item) => isScalar(type.setOf, item as FactScalar));

/** All that was asked for is there and of its type, or nothing is and it is said why. */
const isSound = ({ action, values, wanting, digest }: GatheredFacts): boolean => {
  const declared = facts.actions.get(action)?.facts ?? new Map();
  if (wanting !== undefined) return Object.keys(values).length === 0;
  return (
    /^[0-9a-f]{64}$/.test(digest ?? '') &&
    Object.keys(values).every((name) => declared.has(name)) &&
    [...(facts.actions.get(action)?.facts.values() ?? [])].every(({ name, type, optional }) => {
      const value = values[name];
      return value === undefined ? optional : isOf(type, value);
    })
  );
};

const content = fc.oneof(
  anyJson,
  fc.constantFrom(...Object.entries(calls)).chain(([tool, given]) => nearly({ tool, arguments: given })),
);
const someRow = fc.constantFrom(...Object.values(rows)).chain(nearly);
const remembered = fc.oneof(
  anyJson,
  someRow.map((row) => ({ row })),
  fc.constant({ invalid: true }),
);
const conversation = fc
  .tuple(fc.array(remembered, { maxLength: 2 }), fc.boolean())
  .map(([values, overflowed]): ConversationReader => ({ read: () => ({ values, overflowed }) }));
const sent = fc.record({
  recipient: fc.constantFrom(...hosts, 'other').map((id) => agent(id)),
  content,
  conversation,
  type: fc.constantFrom(...messageTypes),
  point: fc.constantFrom('send' as const, 'receive' as const),
});

describe('whatever is sent, answered or remembered', () => {
  it('facts are of their types, or wanting', () => {
    const property = fc.property(sent, (given) => isSound(gathered(facts, subject(given))));
    expect(() => fc.assert(property, runs)).not.toThrow();
  });

  it('calls that are nearly right are as good as right, or refused', () => {
    const made = fc
      .constantFrom(...Object.entries(calls))
      .chain(([tool, given]) =>
        fc.tuple(fc.constant(tool), nearly(given), fc.oneof(conversation, fc.constant(new Conversation()))),
      );
    let right = 0;
    fc.assert(
      fc.property(made, ([tool, given, known]) => {
        const recipient = agent(
          tool === 'cancel_reservation' || tool === 'update_flights' ? 'tool:reservations' : `tool:${tool}`,
        );
        const found = gathered(facts, subject({ recipient, content: { tool, arguments: given }, conversation: known }));
        if (found.wanting === undefined) right += 1;
        return isSound(found);
      }),
      runs,
    );
    expect(right).toBeGreaterThan(50);
  });

  it('observations are JSON that can be read again', () => {
    const results = fc.oneof(anyJson, someRow).map((result) => ({ tool: 'update_flights', result }));
    let read = 0;
    fc.assert(
      fc.property(fc.oneof(results, content), (given) => {
        const sender = agent('tool:reservations', { role: 'airline-system' });
        const answer = message(sender, clerk, given, 'response');
        const seen: readonly Observation[] = facts.observe({ message: answer, sender, recipient: clerk });
        for (const { value } of seen) expect(JSON.parse(JSON.stringify(value))).toEqual(value);
        const [first] = seen;
        if (first === undefined) return true;
        read += 1;
        const known = new Conversation().add(seen);
        const key = first.about.slice('row:reservations:'.length);
        if (key.length > 64 || first.about.includes('#')) return true;
        const call = { tool: 'update_baggages', arguments: { reservation_id: key, total_baggages: 1 } };
        const found = gathered(
          facts,
          subject({ recipient: agent('tool:update_baggages'), content: call, conversation: known }),
          'fewer',
        );
        const valid = typeof first.value === 'object' && first.value !== null && 'row' in first.value;
        return valid ? typeof found.values['fewer'] === 'boolean' : found.wanting?.code === 'FACT_INVALID';
      }),
      runs,
    );
    expect(read).toBeGreaterThan(200);
  });

  it('observing anything from anyone never throws', () => {
    const anyone = fc.constantFrom(...hosts, 'other').map((id) => agent(id));
    const exchange = fc.record({ sender: anyone, recipient: anyone, content, type: fc.constantFrom(...messageTypes) });
    const property = fc.property(exchange, ({ sender, recipient, content: given, type }) =>
      Array.isArray(facts.observe({ message: message(sender, recipient, given, type), sender, recipient })),
    );
    expect(() => fc.assert(property, runs)).not.toThrow();
  });

  it('rows are of their type, or refused at load', () => {
    const given = { reservation_id: 'AAA111', total_baggages: 1 };
    const recipient = agent('tool:update_baggages');
    const made = subject({ recipient, content: { tool: 'update_baggages', arguments: given } });
    const property = fc.property(fc.oneof(anyJson, nearly(rows)), (reservations) => {
      const { facts: loaded, problems } = compile(airlineManifest, { slots: { ...airlineData, reservations } });
      return loaded === undefined ? problems.length > 0 : isSound(gathered(loaded, made));
    });
    expect(() => fc.assert(property, { seed, numRuns: 100 })).not.toThrow();
  });
});
