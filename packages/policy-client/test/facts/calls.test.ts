import { type JsonValue, messageTypes } from '@charterbus/core-models';
import { describe, expect, it } from 'vitest';
import { airlineData, airlineManifest } from './support/airline.js';
import { factsOf } from './support/compile.js';
import { agent, call, gathered, message, subject } from './support/messages.js';

const facts = factsOf(airlineManifest, { slots: airlineData });
const host = agent('tool:reservations');
const mia = { first_name: 'Mia', last_name: 'Li' };
const payment = { payment_id: 'card_1', amount: 1 };

const wantingOf = (content: JsonValue) => gathered(facts, subject({ recipient: host, content })).wanting;
const booking = (more: Readonly<Record<string, JsonValue>>) =>
  gathered(
    facts,
    call('book_reservation', { user_id: 'mia', passengers: [mia], payment_methods: [payment], ...more }),
    'passengers',
  );

describe('a message to an agent that hosts tools', () => {
  it.each(messageTypes)('is a call, also as a %s', (type) => {
    const content = { tool: 'cancel_reservation', arguments: { reservation_id: 'AAA111' } };
    expect(gathered(facts, subject({ recipient: host, content, type }), 'cabin').action).toBe('cancel_reservation');
    expect(gathered(facts, subject({ recipient: host, content: {}, type }), 'cabin').wanting?.code).toBe(
      'CALL_INVALID',
    );
  });

  it.each<readonly [string, JsonValue, string]>([
    ['nothing', null, 'tool'],
    ['a list', [], 'tool'],
    ['no tool', { arguments: {} }, 'tool'],
    ['a tool that is no name', { tool: ['cancel_reservation'], arguments: {} }, 'tool'],
    ['an unknown tool', { tool: 'cancel', arguments: {} }, 'tool'],
    ['a tool that objects have', { tool: 'constructor', arguments: {} }, 'tool'],
    ['a tool of another agent', { tool: 'send_certificate', arguments: { user_id: 'mia', amount: 1 } }, 'tool'],
    ['no arguments', { tool: 'cancel_reservation' }, 'arguments'],
    ['arguments in a list', { tool: 'cancel_reservation', arguments: [] }, 'arguments'],
    ['arguments in a text', { tool: 'cancel_reservation', arguments: '{"reservation_id":"AAA111"}' }, 'arguments'],
    ['an argument too few', { tool: 'cancel_reservation', arguments: {} }, 'arguments.reservation_id'],
    [
      'an argument that is null',
      { tool: 'cancel_reservation', arguments: { reservation_id: null } },
      'arguments.reservation_id',
    ],
    [
      'an argument of another type',
      { tool: 'cancel_reservation', arguments: { reservation_id: 1 } },
      'arguments.reservation_id',
    ],
  ])('is refused with %s', (_what, content, name) => {
    expect(wantingOf(content)).toEqual({ code: 'CALL_INVALID', names: [name] });
  });

  it.each<readonly [string, Readonly<Record<string, JsonValue>>, string]>([
    ['a text for a list', { passengers: 'abc' }, 'arguments.passengers'],
    ['an object for a list', { passengers: { 0: mia } }, 'arguments.passengers'],
    ['an item of another type', { passengers: [mia, 'Raj'] }, 'arguments.passengers[1]'],
    ['a field too few inside', { passengers: [mia, { first_name: 'Raj' }] }, 'arguments.passengers[1].last_name'],
    ['too many items', { passengers: Array.from({ length: 201 }, () => mia) }, 'arguments.passengers'],
    ['a text too long', { user_id: 'x'.repeat(4097) }, 'arguments.user_id'],
    ['a text that is no Unicode', { user_id: '\ud800' }, 'arguments.user_id'],
    [
      'a fraction for an int',
      { payment_methods: [{ ...payment, amount: 1.5 }] },
      'arguments.payment_methods[0].amount',
    ],
    ['an int too large', { payment_methods: [{ ...payment, amount: 2 ** 53 }] }, 'arguments.payment_methods[0].amount'],
    ['a text for an int', { payment_methods: [{ ...payment, amount: '1' }] }, 'arguments.payment_methods[0].amount'],
  ])('is refused with %s', (_what, more, name) => {
    expect(booking(more).wanting).toEqual({ code: 'CALL_INVALID', names: [name] });
  });

  it('may have more than is declared, which nobody sees', () => {
    const found = booking({ note: 'x'.repeat(10_000), passengers: [{ ...mia, dob: 1 }] });
    expect(found).toMatchObject({ action: 'book_reservation', values: { passengers: 1 } });
  });

  it('is refused before it is asked what is wanted', () => {
    const wanted = () => {
      throw new Error('It was asked.');
    };
    const found = facts.gather(subject({ recipient: host }), { now: 7, wanted }, new AbortController().signal);
    expect(found).toEqual({
      action: 'send',
      now: 7,
      values: {},
      wanting: { code: 'CALL_INVALID', names: ['tool'] },
    });
  });
});

describe('at receive', () => {
  it('the action is receive, of calls too', () => {
    const content = { tool: 'cancel_reservation', arguments: { reservation_id: 'AAA111' } };
    const found = gathered(facts, subject({ point: 'receive', recipient: host, content }));
    expect(found).toMatchObject({ action: 'receive', values: { colleague: true } });
    expect(gathered(facts, subject({ point: 'receive', recipient: agent('other') })).action).toBe('receive');
  });

  it('a message to everyone never reaches a tool', () => {
    const toEveryone = message(agent('clerk'), undefined, {});
    const at = (recipient: string) =>
      gathered(facts, subject({ point: 'receive', recipient: agent(recipient), message: toEveryone }));
    expect(at('tool:reservations').wanting).toEqual({ code: 'CALL_INVALID', names: ['to'] });
    expect(at('somebody').values).toEqual({ colleague: true });
  });
});
