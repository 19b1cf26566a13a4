import { describe, expect, it } from 'vitest';
import { airlineData, airlineManifest } from './support/airline.js';
import { factsOf } from './support/compile.js';
import { agent, Conversation, call, clerk, gathered, message } from './support/messages.js';

const facts = factsOf(airlineManifest, { slots: airlineData });
const host = 'tool:reservations';

describe('the facts of an airline', () => {
  it('are worked out from tables', () => {
    const found = gathered(facts, call('update_baggages', { reservation_id: 'AAA111', total_baggages: 1 }), 'fewer');
    expect(found.values).toEqual({ fewer: true });
  });

  it('are of all declared types', () => {
    const conversation = new Conversation();
    const made = call('cancel_reservation', { reservation_id: 'AAA111' }, { host, conversation });
    const found = gathered(facts, made, 'booked_at', 'cabin', 'insured', 'flight_states', 'cancelled_before');
    expect(found.wanting).toBeUndefined();
    expect(found.values).toEqual({
      booked_at: { timestamp: Date.UTC(2024, 4, 14, 16) },
      cabin: 'economy',
      insured: false,
      flight_states: ['available', 'cancelled'],
      cancelled_before: false,
    });
  });

  it('follow what tools answered', () => {
    const system = agent(host, { role: 'airline-system' });
    const result = { ...(airlineData['reservations']?.['AAA111'] as object), cabin: 'business' };
    const content = { tool: 'update_flights', result };
    const answer = message(system, clerk, content, 'response');
    const conversation = new Conversation().add(facts.observe({ message: answer, sender: system, recipient: clerk }));
    const found = gathered(
      facts,
      call('cancel_reservation', { reservation_id: 'AAA111' }, { host, conversation }),
      'cabin',
    );
    expect(found.values).toEqual({ cabin: 'business' });
  });
});
