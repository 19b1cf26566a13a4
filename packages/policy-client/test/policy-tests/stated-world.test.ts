import { describe, expect, it } from 'vitest';
import { policyCoverage, readPolicyTests, runPolicyTests, testConstitution, testProblem } from '../../src/index.js';
import { airlineTexts, loadAirline } from '../support/airline-constitution.js';
import { toFiles } from '../support/files.js';
import { refusal } from '../support/problems.js';
import { never } from '../support/requests.js';

const head = `defaults:
  sender: { tenant: acme, id: clerk, role: clerk }
  recipient: { tenant: acme, id: 'tool:reservations' }
  message: { type: task_request, content: { tool: cancel_reservation, arguments: { reservation_id: A1 } } }
  data:
    flights: { F1: { origin: SFO, destination: JFK, dates: { '2024-05-20': { status: available } } } }
    reservations:
      A1:
        { reservation_id: A1, user_id: mia, origin: SFO, destination: JFK, flight_type: one_way, cabin: economy,
          insurance: 'no', created_at: '2024-05-15T12:00:00', total_baggages: 1,
          flights: [{ flight_number: F1, date: '2024-05-20' }], passengers: [{ first_name: Mia, last_name: Li }] }
tests:
`;

const outcomesOf = async (tests: string) => {
  // Real slots, which tests never see.
  const constitution = await loadAirline();
  const read = readPolicyTests([{ path: 'tests/a.yaml', text: `${head}${tests}` }]);
  expect(read.problems).toEqual([]);
  return runPolicyTests(constitution, read.tests, never);
};

const run = async (tests: string) =>
  (await outcomesOf(tests)).map(({ name, passed, got, problems }) => ({ name, passed, got: got.reasons, problems }));

const passing = (name: string, got: readonly string[]) => ({ name, passed: true, got, problems: [] });

describe('a policy test', () => {
  it('states rows, over those that its file states', async () => {
    const tests = `
  - { name: fresh, expect: { verdict: allow } }
  - name: flown
    data: { flights: { F1: { origin: SFO, destination: JFK, dates: { '2024-05-20': { status: landed } } } } }
    expect: { verdict: deny, reasons: [flown] }
  - name: unknown
    message: { content: { tool: cancel_reservation, arguments: { reservation_id: AAA111 } } }
    expect: { verdict: deny, reasons: [FACT_UNAVAILABLE, booked_at, cabin, flight_states, insured] }
  - name: added
    message: { content: { tool: cancel_reservation, arguments: { reservation_id: B2 } } }
    data: { reservations: { B2: { reservation_id: B2, user_id: mia, origin: SFO, destination: JFK, flight_type: one_way,
      cabin: business, insurance: 'no', created_at: '2024-01-01T12:00:00', total_baggages: 1, flights: [], passengers: [] } } }
    expect: { verdict: allow }
  - name: no call
    message: { content: hello }
    expect: { verdict: deny, reasons: [CALL_INVALID, tool] }
  - { name: everyone, everyone: true, message: { type: event, content: {} }, expect: { verdict: allow } }
  - name: plain
    recipient: { tenant: acme, id: planner }
    message: { type: query, content: {} }
    expect: { verdict: allow, reasons: [all] }
`;
    expect(await run(tests)).toEqual([
      passing('fresh', ['all']),
      passing('flown', ['flown']),
      passing('unknown', ['FACT_UNAVAILABLE', 'booked_at', 'cabin', 'flight_states', 'insured']),
      passing('added', ['all']),
      passing('no call', ['CALL_INVALID', 'tool']),
      passing('everyone', ['all']),
      passing('plain', ['all']),
    ]);
  });

  it('is about the moment that it states, else that of the manifest', async () => {
    const tests = `
  - { name: pinned, expect: { verdict: allow } }
  - { name: later, now: '2024-05-16T13:00:00Z', expect: { verdict: deny, reasons: [late-cancellation] } }
`;
    expect((await run(tests)).map(({ passed }) => passed)).toEqual([true, true]);
  });

  it('states what was allowed before, in its order', async () => {
    const message =
      'message: { type: task_request, content: { tool: cancel_reservation, arguments: { reservation_id: A1 } } }';
    const result = (cabin: string) => `{ sender: { tenant: acme, id: 'tool:reservations', role: desk },
        recipient: { tenant: acme, id: clerk }, message: { type: task_response, reply: true,
        content: { tool: cancel_reservation, result: { reservation_id: A1, user_id: mia, origin: SFO, destination: JFK,
          flight_type: one_way, cabin: ${cabin}, insurance: 'no', created_at: '2024-01-01T12:00:00', total_baggages: 1,
          flights: [], passengers: [] } } } }`;
    const tests = `
  - name: again
    earlier: [{ ${message} }]
    expect: { verdict: deny, reasons: [cancelled-twice] }
  - name: another
    earlier: [{ message: { type: task_request, content: { tool: cancel_reservation, arguments: { reservation_id: B2 } } } }]
    expect: { verdict: allow }
  - name: told
    earlier: [${result('business')}, ${result('economy')}]
    expect: { verdict: deny, reasons: [late-cancellation] }
  - name: told in another order
    earlier: [${result('economy')}, ${result('business')}]
    expect: { verdict: allow }
`;
    expect((await run(tests)).map(({ name, passed }) => [name, passed])).toEqual([
      ['again', true],
      ['another', true],
      ['told', true],
      ['told in another order', true],
    ]);
  });

  it.each([
    ['no such table', 'data: { reservatons: {} }', 'There is no table reservatons.'],
    ['a row of another type', 'data: { users: { mia: { membership: 1 } } }', 'membership'],
    ['no such provider', 'providers: { score: [{ arguments: [1], answer: 2 }] }', 'There is no provider score.'],
  ])('fails where it states what cannot be: %s', async (_name, stated, message) => {
    const [outcome] = await outcomesOf(`  - { name: odd, ${stated}, expect: { verdict: deny, reasons: [x] } }\n`);
    expect(outcome).toMatchObject({ passed: false, policies: [], got: { verdict: 'deny', reasons: [] } });
    expect(outcome?.problems.join(' ')).toContain(message);
    expect(outcome && testProblem(outcome)).toMatchObject({
      file: 'tests/a.yaml',
      line: 13,
      message: expect.stringContaining(message) as unknown,
    });
  });

  it.each([
    ['a misspelt default', 'defaults: { sendr: { tenant: a, id: a } }\ntests: [{ name: a }]', 1, 'sendr'],
    [
      'a misspelt field of a default',
      `${head.replace('type: task', 'typ: task')}  - { name: a, expect: { verdict: allow } }`,
      13,
      'typ',
    ],
    [
      'no sender anywhere',
      'tests:\n  - { name: a, recipient: { tenant: a, id: b }, message: { type: query }, expect: { verdict: allow } }',
      2,
      'sender',
    ],
    ['a misspelt field', `${head}  - { name: a, expct: { verdict: allow } }`, 13, 'expct'],
    [
      'an earlier message to nobody',
      'tests:\n  - { name: a, sender: { tenant: a, id: b }, everyone: true, message: { type: query },\n      earlier: [{ message: { type: query } }], expect: { verdict: allow } }',
      3,
      'earlier.0.recipient',
    ],
  ])('is refused for %s', (_name, text, line, words) => {
    const { problems } = readPolicyTests([{ path: 'tests/a.yaml', text }]);
    expect(problems.length).toBeGreaterThan(0);
    expect(problems.map((problem) => problem.line)).toContain(line);
    expect(problems.map(({ message }) => message).join('\n')).toContain(words);
  });
});

describe('providers', () => {
  const manifest = `format: charterbus.constitution/1
name: bank
revision: 1
engine: cedar
facts:
  providers: { score: { parameters: [string, int], returns: int, http: { url: 'http://127.0.0.1:9/score' } } }
  tools: { lend: { arguments: { customer: string }, facts: { score: 'score(args.customer, 3)' } } }
`;
  const policies = `@id("all") permit (principal, action, resource);
@id("poor") forbid (principal, action == Action::"lend", resource) when { context.score < 500 };
`;
  const tests = `defaults:
  sender: { tenant: acme, id: a }
  recipient: { tenant: acme, id: 'tool:lend' }
  message: { type: command, content: { tool: lend, arguments: { customer: mia } } }
tests:
  - { name: rich, providers: { score: [{ arguments: [mia, 3], answer: 700 }] }, expect: { verdict: allow } }
  - name: poor
    providers: { score: [{ arguments: [raj, 3], answer: 700 }, { arguments: [mia, 3], answer: 100 }] }
    expect: { verdict: deny, reasons: [poor] }
  - name: another question
    providers: { score: [{ arguments: [mia, 4], answer: 700 }] }
    expect: { verdict: deny, reasons: [FACT_UNAVAILABLE, score] }
  - { name: nothing stated, expect: { verdict: deny, reasons: [FACT_UNAVAILABLE, score] } }
`;
  const texts = { 'manifest.yaml': manifest, 'policies/a.cedar': policies, 'tests/a.yaml': tests };

  it('are stated by tests, and nobody else is asked', async () => {
    const ask = () => {
      throw new Error('A policy test asked somebody.');
    };
    const { outcomes, coverage } = await testConstitution(toFiles(texts), { fetch: ask as never });
    expect(outcomes.map(({ name, passed, got }) => ({ name, passed, got }))).toEqual([
      { name: 'rich', passed: true, got: { verdict: 'allow', reasons: ['all'] } },
      { name: 'poor', passed: true, got: { verdict: 'deny', reasons: ['poor'] } },
      ...['another question', 'nothing stated'].map((name) => ({
        name,
        passed: true,
        got: { verdict: 'deny', reasons: ['FACT_UNAVAILABLE', 'score'] },
      })),
    ]);
    expect(coverage).toEqual([
      { policy: 'all', tests: 1 },
      { policy: 'poor', tests: 1 },
    ]);
  });
});

describe('testConstitution', () => {
  it('tells what each test came to, though some fail, and needs no slots', async () => {
    const tests = `${head}  - { name: right, expect: { verdict: allow } }\n  - { name: wrong, expect: { verdict: deny, reasons: [flown] } }\n`;
    const files = toFiles({ ...airlineTexts, 'tests/a.yaml': tests });
    const { outcomes, coverage } = await testConstitution(files);
    expect(outcomes.map(({ passed }) => passed)).toEqual([true, false]);
    expect(outcomes.filter(({ passed }) => !passed).map(testProblem)).toEqual([
      { file: 'tests/a.yaml', line: 14, message: 'test "wrong": expected deny (flown), got allow (all).' },
    ]);
    expect(coverage.find(({ policy }) => policy === 'all')).toEqual({ policy: 'all', tests: 2 });
    expect(coverage.find(({ policy }) => policy === 'flown')).toEqual({ policy: 'flown', tests: 0 });
    expect(policyCoverage(['b', 'a'], [])).toEqual([
      { policy: 'a', tests: 0 },
      { policy: 'b', tests: 0 },
    ]);
  });

  it('refuses what does not validate', async () => {
    const files = toFiles({ ...airlineTexts, 'policies/airline.cedar': 'permit' });
    expect((await refusal(testConstitution(files))).code).toBe('CONSTITUTION_INVALID');
  });
});
