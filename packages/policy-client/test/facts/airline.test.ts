import { sha256 } from '@charterbus/core-models';
import { describe, expect, it } from 'vitest';
import { factsDigest } from '../../src/facts/gather/gather.js';
import { airlineData, airlineManifest } from './support/airline.js';
import { factsOf, slotFiles } from './support/compile.js';
import { agent, call, gathered, subject } from './support/messages.js';

const facts = factsOf(airlineManifest, { slots: airlineData });
const host = 'tool:reservations';
const leg = (flight_number: string, date = '2024-05-20') => ({ flight_number, date });
const mia = { first_name: 'Mia', last_name: 'Li' };

describe('the facts of an airline', () => {
  it('of a cancellation', () => {
    const made = call('cancel_reservation', { reservation_id: 'AAA111' }, { host });
    const found = gathered(facts, made, 'booked_at', 'cabin', 'insured', 'flight_states');
    expect(found.wanting).toBeUndefined();
    expect(found.values).toEqual({
      booked_at: { timestamp: Date.UTC(2024, 4, 14, 16) },
      cabin: 'economy',
      insured: false,
      flight_states: ['available', 'cancelled'],
    });
  });

  it('of other flights', () => {
    const flights = [leg('HAT001'), leg('HAT002', '2024-05-21')];
    const made = call('update_flights', { reservation_id: 'AAA111', cabin: 'business', flights }, { host });
    expect(gathered(facts, made).values).toEqual({
      booked_cabin: 'economy',
      new_cabin: 'business',
      same_flights: false,
      first_origin: 'SFO',
      last_destination: 'JFK',
      reaches: true,
      trip: 'SFO-JFK one_way',
      reply_to_vip: false,
    });
  });

  it('of the same flights', () => {
    const given = { reservation_id: 'AAA111', cabin: 'business', flights: [leg('HAT001'), leg('HAT002')] };
    const found = gathered(facts, call('update_flights', given, { host }), 'same_flights');
    expect(found.values).toEqual({ same_flights: true });
  });

  it('of a booking', () => {
    const payment_methods = [
      { payment_id: 'cert_1', amount: 100 },
      { payment_id: 'card_9', amount: 20 },
      { payment_id: 'card_1', amount: 30 },
    ];
    const made = call('book_reservation', { user_id: 'mia', passengers: [mia, mia], payment_methods });
    const found = gathered(facts, made, 'passengers', 'certificates', 'payments_known', 'total');
    expect(found.values).toEqual({ passengers: 2, certificates: 1, payments_known: false, total: 150 });
  });

  it('of other passengers', () => {
    const made = call('update_passengers', { reservation_id: 'AAA111', passengers: [mia] });
    expect(gathered(facts, made, 'same_number', 'renamed').values).toEqual({ same_number: false, renamed: false });
  });

  it('of a certificate, sets in order and once', () => {
    const made = call('send_certificate', { user_id: 'mia', amount: 250, reason: 'late' });
    expect(gathered(facts, made).values).toMatchObject({
      membership: 'gold',
      amount: 250,
      has_reason: true,
      owner: true,
      insured_anywhere: true,
      cabins: ['business', 'economy'],
      largest: 2,
    });
  });

  it('are what they were, as a digest, with the versions of the data that was read', () => {
    const made = call('update_baggages', { reservation_id: 'AAA111', total_baggages: 1 });
    const found = gathered(facts, made, 'fewer');
    expect(found.digest).toBe(sha256('{"fewer":true}'));
    expect(found.digest).toBe(factsDigest(found.values));
    const [file] = slotFiles({ reservations: airlineData['reservations'] });
    expect(found.slots).toEqual({ reservations: sha256(file?.bytes ?? '') });
    expect(facts.slots).toHaveProperty('users');
  });

  it('of a message that none concerns are none, and cost nothing', () => {
    const found = gathered(facts, subject({ recipient: agent('other') }));
    expect(Object.keys(found.values)).toEqual(['reply_to_vip']);
    const none = facts.gather(subject({}), { now: 0, wanted: () => new Set() }, new AbortController().signal);
    expect(none).toEqual({ action: 'send', now: 0, values: {} });
  });

  it('are declared with their types', () => {
    expect([...facts.actions.keys()].slice(0, 3)).toEqual(['send', 'receive', 'get_reservation']);
    const declared = facts.actions.get('cancel_reservation');
    expect(declared?.tool).toBe(true);
    expect([...(declared?.facts.values() ?? [])].map(({ name, type }) => [name, type])).toEqual([
      ['reply_to_vip', 'bool'],
      ['booked_at', 'timestamp'],
      ['cabin', 'string'],
      ['insured', 'bool'],
      ['flight_states', { setOf: 'string' }],
      ['cancelled_before', 'bool'],
    ]);
    const largest = { name: 'largest', type: 'int', optional: true, redact: true };
    expect(facts.actions.get('send_certificate')?.facts.get('largest')).toEqual(largest);
  });
});

describe('a fact that cannot be had', () => {
  it('of a reservation that is unknown is wanting, with all that need it', () => {
    const made = call('update_passengers', { reservation_id: 'ZZZ999', passengers: [mia] });
    const { wanting, values, digest, slots } = gathered(facts, made, 'same_number', 'renamed');
    expect(wanting).toMatchObject({ code: 'FACT_UNAVAILABLE', names: ['renamed', 'same_number'] });
    expect(values).toEqual({});
    expect(digest).toBe(sha256('{}'));
    expect(slots).toHaveProperty('reservations');
  });

  it('is not missed where nobody wants it', () => {
    const made = call('update_flights', { reservation_id: 'ZZZ999', cabin: 'economy', flights: [] }, { host });
    expect(gathered(facts, made, 'new_cabin').values).toEqual({ new_cabin: 'economy' });
  });

  it('and is optional is left out where a row is absent', () => {
    const made = call('send_certificate', { user_id: 'nobody', amount: 1 });
    const found = gathered(facts, made, 'largest', 'amount');
    expect(found.wanting).toBeUndefined();
    expect(found.values).toEqual({ amount: 1 });
  });

  it('of an empty list is wanting, also where it is optional', () => {
    const other = factsOf(airlineManifest, {
      slots: {
        ...airlineData,
        users: { ...airlineData['users'], sam: { membership: 'regular', payment_methods: {}, reservations: [] } },
      },
    });
    const made = call('send_certificate', { user_id: 'sam', amount: 1 });
    expect(gathered(other, made, 'largest').wanting).toMatchObject({ code: 'FACT_UNAVAILABLE', names: ['largest'] });
  });

  it('and that nobody declared is wanting', () => {
    const found = gathered(facts, subject({}), 'nothing');
    expect(found.wanting).toMatchObject({ code: 'FACT_UNAVAILABLE', names: ['nothing'] });
  });
});
