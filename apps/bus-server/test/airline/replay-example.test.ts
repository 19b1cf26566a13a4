import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readAirlineWorld } from './support/airline-world.js';
import { plainReplay } from './support/plain-replay.js';
import { renamed } from './support/renamed.js';
import { airlineExample, replayAirline, replayTexts, writingCalls } from './support/replayed.js';

const trace = readFileSync(airlineExample.trace, 'utf8');
const lines = trace.trim().split('\n');
const expected = plainReplay(trace, readAirlineWorld(airlineExample.data));

const table = (name: string): Readonly<Record<string, unknown>> =>
  JSON.parse(readFileSync(join(airlineExample.data, `${name}.json`), 'utf8')) as Readonly<Record<string, unknown>>;
const tables = { reservations: table('reservations'), users: table('users'), flights: table('flights') };

describe('the example of an airline', () => {
  it('stops what breaks a rule, says which, and lets everything else pass', async () => {
    const report = await replayAirline(airlineExample.trace, airlineExample.data);
    expect(writingCalls(report)).toEqual(expected);
    const { sent, allowed, denied } = report.totals.messages;
    const stopped = expected.filter(({ verdict }) => verdict === 'deny').length;
    expect([denied, allowed]).toEqual([stopped, sent - stopped]);
  });

  it('shows every rule broken, and every tool allowed', () => {
    expect([...new Set(expected.flatMap(({ rules }) => rules))].toSorted()).toEqual(
      ['R1', 'R2', 'R3', 'R4', 'R5', 'R6', 'R7', 'R8'], // as the airline numbers them
    );
    const allowed = expected.filter(({ verdict }) => verdict === 'allow').map(({ tool }) => tool);
    expect(new Set(allowed).size).toBe(6);
  });

  it('says of an unknown reservation which facts are missing', async () => {
    const { calls } = await replayAirline(airlineExample.trace, airlineExample.data);
    const unknown = calls.filter(({ task_id, verdict }) => task_id === 'a-slip-of-the-pen' && verdict === 'deny');
    expect(unknown.map(({ tool, reasons }) => [tool, reasons])).toEqual([
      ['cancel_reservation', ['FACT_UNAVAILABLE', 'booked_at', 'cabin', 'flight_states', 'insurance']],
    ]);
  });

  it('says the same in whatever order the conversations come', async () => {
    const report = await replayTexts(lines.toReversed().join('\n'), tables);
    const byTask = Map.groupBy(writingCalls(report), ({ task_id }) => task_id);
    expect([...byTask].toReversed().flatMap(([, calls]) => calls)).toEqual(expected);
  });

  it('says the same of other reservations, customers, cards and flights', async () => {
    const payments = Object.values(tables.users).flatMap((user) =>
      Object.keys((user as { readonly payment_methods: object }).payment_methods),
    );
    const known = [...Object.values(tables).flatMap((rows) => Object.keys(rows)), ...payments];
    const names = new Map(known.map((name, index) => [name, `other-${index}`]));
    const others = lines.map((line) => JSON.stringify(renamed(JSON.parse(line), names))).join('\n');
    const report = await replayTexts(others, renamed(tables, names) as object);
    expect(writingCalls(report)).toEqual(expected);
  });
});
