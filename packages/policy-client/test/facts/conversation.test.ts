import type { Agent, JsonValue } from '@charterbus/core-models';
import { describe, expect, it } from 'vitest';
import { airlineData, airlineManifest } from './support/airline.js';
import { factsOf, manifestOf } from './support/compile.js';
import { agent, Conversation, call, clerk, gathered, message } from './support/messages.js';

const facts = factsOf(airlineManifest, { slots: airlineData });
const host = 'tool:reservations';
const system = agent(host, { role: 'airline-system' });
const reader = agent('tool:get_reservation');
const row = airlineData['reservations']?.['AAA111'] as Readonly<Record<string, JsonValue>>;

const result = (tool: string, given: JsonValue): JsonValue => ({ tool, result: given });

const observe = (
  sender: Agent,
  content: JsonValue,
  type: 'response' | 'task_response' | 'event' = 'response',
  to = clerk,
) => facts.observe({ message: message(sender, to, content, type), sender, recipient: to });

const cabinIn = (conversation?: Conversation, reservation_id = 'AAA111') =>
  gathered(
    facts,
    call('cancel_reservation', { reservation_id }, { host, ...(conversation === undefined ? {} : { conversation }) }),
    'cabin',
  );

describe('the result of a tool', () => {
  it('is the newest state of a row', () => {
    const observations = observe(system, result('update_flights', { ...row, cabin: 'business', secret: 1 }));
    expect(observations).toMatchObject([{ about: 'row:reservations:AAA111', keeps: 'latest' }]);
    expect(observations[0]?.value).not.toHaveProperty('row.secret');
    expect(cabinIn(new Conversation().add(observations)).values).toEqual({ cabin: 'business' });
    expect(cabinIn(new Conversation().add(observations), 'BBB222').values).toEqual({ cabin: 'business' });
    expect(cabinIn(new Conversation()).values).toEqual({ cabin: 'economy' });
    expect(cabinIn().values).toEqual({ cabin: 'economy' });
  });

  it('may bring a row that the table lacks', () => {
    const news = { ...row, reservation_id: 'NEW001' };
    const conversation = new Conversation().add(observe(reader, result('get_reservation', news), 'task_response'));
    expect(cabinIn(conversation, 'NEW001').values).toEqual({ cabin: 'economy' });
    expect(cabinIn(conversation, 'NEW001').slots).toBeUndefined();
  });

  it('that is malformed does not bring the older row back', () => {
    const observations = observe(system, result('update_flights', { reservation_id: 'AAA111', cabin: 1 }));
    expect(observations).toEqual([{ about: 'row:reservations:AAA111', keeps: 'latest', value: { invalid: true } }]);
    const found = cabinIn(new Conversation().add(observations));
    expect(found.wanting).toMatchObject({ code: 'FACT_INVALID', names: ['cabin'] });
  });

  it.each<readonly [string, Agent, JsonValue]>([
    ['of an agent that is no tool', agent('mallory', { role: 'airline-system' }), result('update_flights', row)],
    ['of a tool without its role', agent(host), result('update_flights', row)],
    ['of a tool with another role', agent(host, { role: 'clerk' }), result('update_flights', row)],
    ["in the name of another agent's tool", reader, result('update_flights', row)],
    ['of a tool whose results are no rows', agent('tool:send_certificate'), result('send_certificate', row)],
    ['of an unknown tool', system, result('other', row)],
    ['without a tool', system, { result: row }],
    ['without a result', system, { tool: 'update_flights' }],
    ['that is a list', system, result('update_flights', [row])],
    ['that is a text', system, result('update_flights', 'AAA111')],
    ['without a key', system, result('update_flights', { cabin: 'business' })],
    ['with a key that is a number', system, result('update_flights', { ...row, reservation_id: 1 })],
    ['that claims to be from a tool', clerk, { from: host, tool: 'update_flights', result: row }],
  ])('%s is not believed', (_what, sender, content) => {
    expect(observe(sender, content)).toEqual([]);
  });

  it('is not believed from another tenant, in another type, or of a message to everyone', () => {
    const foreign = agent(host, { role: 'airline-system', tenant: 'evil' });
    const content = result('update_flights', row);
    expect(observe(foreign, content)).toEqual([]);
    expect(observe(system, content, 'event')).toEqual([]);
    expect(facts.observe({ message: message(system, undefined, content, 'response'), sender: system })).toEqual([]);
    expect(observe(system, content)).toHaveLength(1);
  });

  it('tells each key from every other', () => {
    const aboutRow = (reservation_id: string) =>
      observe(system, result('update_flights', { ...row, reservation_id }))[0]?.about ?? '';
    const long = ['a', 'b'].map((end) => aboutRow('x'.repeat(400) + end));
    expect(new Set([...long, aboutRow('a'), aboutRow('#a'), aboutRow('')]).size).toBe(5);
    expect(Math.max(...long.map(({ length }) => length))).toBeLessThan(100);
    expect(aboutRow('__proto__')).toBe('row:reservations:__proto__');
  });
});

describe('earlier calls', () => {
  const made = (reservation_id: string, tool = 'cancel_reservation') =>
    facts.observe({
      message: message(clerk, agent(host), { tool, arguments: { reservation_id, note: 'x' } }),
      sender: clerk,
      recipient: agent(host),
    });
  const before = (conversation?: Conversation) =>
    gathered(
      facts,
      call(
        'cancel_reservation',
        { reservation_id: 'AAA111' },
        { host, ...(conversation === undefined ? {} : { conversation }) },
      ),
      'cancelled_before',
    );

  it('are remembered where an expression asks for them, as far as they are declared', () => {
    expect(made('AAA111')).toEqual([
      { about: 'call:cancel_reservation', keeps: 'all', value: { reservation_id: 'AAA111' } },
    ]);
    const read = { tool: 'get_reservation', arguments: { reservation_id: 'AAA111' } };
    expect(facts.observe({ message: message(clerk, reader, read), sender: clerk, recipient: reader })).toEqual([]);
    expect(made('AAA111', 'nothing')).toEqual([]);
  });

  it('are known to later ones', () => {
    const conversation = new Conversation();
    expect(before(conversation).values).toEqual({ cancelled_before: false });
    conversation.add(made('BBB222'));
    expect(before(conversation).values).toEqual({ cancelled_before: false });
    conversation.add(made('AAA111'));
    expect(before(conversation).values).toEqual({ cancelled_before: true });
    expect(conversation.asked).toContain('call:cancel_reservation');
  });

  it('cannot be told without a conversation, or where more were made than are kept', () => {
    const unavailable = { code: 'FACT_UNAVAILABLE', names: ['cancelled_before'] };
    expect(before().wanting).toMatchObject(unavailable);
    const conversation = new Conversation();
    conversation.overflowed.add('call:cancel_reservation');
    expect(before(conversation).wanting).toMatchObject(unavailable);
    const many = new Conversation();
    for (let times = 0; times < 201; times++) many.add(made('BBB222'));
    expect(before(many).wanting).toMatchObject(unavailable);
  });

  it('that are not of their type are invalid', () => {
    const conversation = new Conversation();
    conversation.add([{ about: 'call:cancel_reservation', keeps: 'all', value: { reservation_id: 1 } }]);
    expect(before(conversation).wanting).toMatchObject({ code: 'FACT_INVALID' });
  });
});

describe('a conversation', () => {
  const read = (read: () => never) => ({ read });

  it('that cannot be read leaves its facts unavailable', () => {
    const conversation = read(() => {
      throw new Error('The store is closed.');
    });
    const found = gathered(
      facts,
      call('cancel_reservation', { reservation_id: 'AAA111' }, { host, conversation }),
      'cabin',
    );
    expect(found.wanting).toMatchObject({ code: 'FACT_UNAVAILABLE', names: ['cabin'] });
  });

  it('that forgot rows says so', () => {
    const conversation = new Conversation();
    conversation.overflowed.add('row:reservations:AAA111');
    expect(cabinIn(conversation).wanting).toMatchObject({ code: 'FACT_UNAVAILABLE', names: ['cabin'] });
  });

  it('is not read where a table is not observed', () => {
    const conversation = new Conversation();
    gathered(facts, call('send_certificate', { user_id: 'mia', amount: 1 }, { conversation }), 'membership', 'amount');
    expect(conversation.asked).toEqual([]);
  });

  it('is asked for each row once', () => {
    const conversation = new Conversation();
    gathered(
      facts,
      call('cancel_reservation', { reservation_id: 'AAA111' }, { host, conversation }),
      'cabin',
      'insured',
    );
    expect(conversation.asked).toEqual(['row:reservations:AAA111']);
  });

  it('holds what an unavailable fact hides even where a name fails', () => {
    const hiding = factsOf(
      manifestOf(`  types: { Row: { id: string, size: int } }
  tables: { rows: { slot: rows, row: Row, observed: { tools: [use], key: id } } }
  names: { row: 'rows[args.id]' }
  tools:
    use:
      arguments: { id: string }
      facts:
        first: { value: 'row.size > 1 || rows["gone"].size > 1', optional: true }
        second: { value: row.size, optional: true }
`),
      { slots: { rows: {} } },
    );
    const about = 'row:rows:a';
    const conversation = new Conversation().add([{ about, keeps: 'latest', value: { invalid: true } }]);
    const found = gathered(hiding, call('use', { id: 'a' }, { conversation }));
    expect(found.wanting).toMatchObject({ code: 'FACT_INVALID', names: ['first', 'second'] });
    expect(gathered(hiding, call('use', { id: 'b' }, { conversation })).values).toEqual({});
  });
});
