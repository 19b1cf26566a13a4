import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readAirlineWorld } from './support/airline-world.js';
import { plainReplay } from './support/plain-replay.js';
import { disguised } from './support/renamed.js';
import {
  airlineExample,
  readTables,
  replayAirline,
  replayTexts,
  sortedCalls,
  writingCalls,
} from './support/replayed.js';

const trace = readFileSync(airlineExample.trace, 'utf8');
const expected = plainReplay(trace, readAirlineWorld(airlineExample.data));

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
    expect(unknown).toMatchObject([
      {
        tool: 'cancel_reservation',
        reasons: ['FACT_UNAVAILABLE'],
        facts: { wanting: ['booked_at', 'cabin', 'flight_states', 'insurance'] },
      },
    ]);
  });

  it('says the same in another order, of other reservations, customers, cards and flights', async () => {
    const other = disguised(trace, readTables(airlineExample.data));
    const report = await replayTexts(other.trace, other.tables);
    expect(sortedCalls(writingCalls(report))).toEqual(sortedCalls(expected));
  });
});
