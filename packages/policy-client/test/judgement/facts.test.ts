import { canonicalJson, constitutionalHash, ManualClock, sha256, type Verdict } from '@charterbus/core-models';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Constitution, JudgementRequest } from '../../src/index.js';
import { airlineData } from '../facts/support/airline.js';
import { slotFiles } from '../facts/support/compile.js';
import { Conversation } from '../facts/support/messages.js';
import { airlineTexts, callOf, decide, loadAirline } from '../support/airline-constitution.js';
import { textOf } from '../support/files.js';
import { agent, never, request } from '../support/requests.js';

const cancel = (id: string) => callOf('cancel_reservation', { reservation_id: id }, 'tool:reservations');
const certificate = (amount: number) => callOf('send_certificate', { user_id: 'mia', amount });

let airline: Constitution;
const faults: unknown[] = [];
beforeAll(async () => {
  airline = await loadAirline({ onFault: ({ cause }) => faults.push(cause) });
});

const factsOf = ({ facts }: Verdict) =>
  Object.fromEntries((facts?.read ?? []).map(({ name, ...rest }) => [name, rest]));

describe('a verdict on a call', () => {
  it('names the rules that decided, their lines and the facts that they read', async () => {
    const verdict = await decide(airline, cancel('BBB222'));
    expect(verdict).toMatchObject({
      effect: 'deny',
      cause: 'policy',
      code: 'POLICY_DENIED',
      reasons: ['flown'],
      sources: [{ policy: 'flown', file: 'policies/airline.cedar', line: 11 }],
      facts: {
        action: 'cancel_reservation',
        read: [{ name: 'flight_states', value: ['flying'] }],
        slots: { flights: airline.slots['flights'], reservations: airline.slots['reservations'] },
      },
    });
    const values = {
      booked_at: '2024-05-01T10:00:00.000Z',
      cabin: 'business',
      cancelled_before: false,
      flight_states: ['flying'],
      insured: true,
    };
    expect(verdict.facts?.digest).toBe(sha256(canonicalJson(values)));
  });

  it('sees the moment that the manifest pins, whatever the clock says, and is dated by the clock', async () => {
    const clock = new ManualClock(Date.UTC(2030, 0, 1));
    const pinned = await loadAirline({ clock });
    const verdict = await decide(pinned, cancel('AAA111'));
    expect(verdict).toMatchObject({ effect: 'allow', at: '2030-01-01T00:00:00.000Z' });
    const manifest = textOf(airlineTexts, 'manifest.yaml').replace('clock: { pinned: "2024-05-15T15:00:00Z" }\n', '');
    const free = await loadAirline({ clock }, { ...airlineTexts, 'manifest.yaml': manifest });
    expect((await free.gatherFacts(cancel('AAA111'), never)).now).toBe(clock.now());
  });

  it('says on an allow which facts there were, though the permit read none', async () => {
    const verdict = await decide(airline, cancel('AAA111'));
    expect(verdict).toMatchObject({
      effect: 'allow',
      reasons: ['all'],
      facts: { action: 'cancel_reservation', read: [] },
    });
    expect(verdict.sources).toEqual([{ policy: 'all', file: 'policies/airline.cedar', line: 1 }]);
  });

  it('keeps redacted facts to itself', async () => {
    const verdict = await decide(airline, certificate(300));
    expect(verdict).toMatchObject({ effect: 'deny', reasons: ['large-certificate'] });
    expect(factsOf(verdict)).toEqual({
      amount: { value: 300 },
      largest: { redacted: true },
      membership: { value: 'gold' },
    });
  });

  it('escalates by what a rule read', async () => {
    const verdict = await decide(airline, certificate(60));
    expect(verdict).toMatchObject({ effect: 'escalate', reasons: ['certificate'] });
    expect(verdict.sources?.map(({ policy }) => policy)).toEqual(['all', 'certificate']);
    expect(factsOf(verdict)).toEqual({ amount: { value: 60 } });
  });

  it('rests on what the conversation said', async () => {
    const first = cancel('AAA111');
    const conversation = new Conversation();
    expect(await decide(airline, first, conversation)).toMatchObject({ effect: 'allow' });
    const recipient = agent('acme', 'tool:reservations');
    conversation.add(airline.observe({ message: first.message, sender: first.sender, recipient }));
    expect(await decide(airline, first, conversation)).toMatchObject({ effect: 'deny', reasons: ['cancelled-twice'] });
  });
});

describe('facts that are wanting', () => {
  it('deny by their names, before the policies are asked', async () => {
    const verdict = await decide(airline, cancel('ZZZ999'));
    expect(verdict).toMatchObject({
      effect: 'deny',
      cause: 'facts',
      code: 'FACT_UNAVAILABLE',
      policies: [],
      facts: { action: 'cancel_reservation', read: [] },
    });
    expect(verdict.reasons).toEqual(['FACT_UNAVAILABLE', ...(verdict.facts?.wanting ?? [])]);
    expect(verdict.facts?.wanting).toEqual(['booked_at', 'cabin', 'flight_states', 'insured']);
    expect(verdict.facts?.digest).toBe(sha256('{}'));
  });

  it('deny what is no call', async () => {
    const wrong = callOf('cancel_reservation', { reservation_id: 7 }, 'tool:reservations');
    expect(await decide(airline, wrong)).toMatchObject({
      cause: 'facts',
      code: 'CALL_INVALID',
      reasons: ['CALL_INVALID', 'arguments.reservation_id'],
    });
    const chat = request({ recipient: agent('acme', 'tool:reservations'), content: 'please cancel' });
    expect(await decide(airline, chat)).toMatchObject({
      reasons: ['CALL_INVALID', 'tool'],
      facts: { action: 'send', wanting: ['tool'] },
    });
  });

  it('tell their cause to whoever watches, not to senders', async () => {
    faults.length = 0;
    const asked = request({ sender: agent('acme', 'clerk') });
    const cause = new Error('ECONNREFUSED 10.0.0.7');
    const facts = { ...asked.facts, wanting: { code: 'FACT_UNAVAILABLE', names: ['score'], cause } } as const;
    const verdict = await airline.judge({ ...asked, facts }, never);
    expect(faults).toEqual([cause]);
    expect(JSON.stringify(verdict)).not.toContain('ECONNREFUSED');
  });
});

describe('a message that no rule with facts is about', () => {
  it('is judged without facts, and its verdict is as it always was', async () => {
    const asked = request();
    const facts = await airline.gatherFacts(asked, never);
    expect(facts).toEqual({ action: 'send', now: Date.UTC(2024, 4, 15, 15), values: {} });
    const receive = request({ point: 'receive' });
    expect(await decide(airline, receive)).toMatchObject({ effect: 'allow' });
    const verdict = await decide(airline, asked);
    expect(verdict).not.toHaveProperty('facts');
    expect(verdict).not.toHaveProperty('sources');
  });

  it('is told where a denial comes from all the same', async () => {
    const large = request({ content: 'x'.repeat(11_000) });
    expect(await decide(airline, large)).toMatchObject({
      reasons: ['size'],
      sources: [{ policy: 'size', file: 'policies/airline.cedar', line: 32 }],
    });
  });
});

describe('an action that does not fit the message', () => {
  const call = cancel('AAA111');
  const at = (asked: Omit<JudgementRequest, 'facts'>, action: string): JudgementRequest => ({
    ...asked,
    facts: { action, now: 0, values: {} },
  });
  const toEveryone = { ...call.message, to: { tenant: 'acme', everyone: true as const } };
  it.each<[string, JudgementRequest]>([
    ['a call as a plain send', at(call, 'send')],
    ['a call as one of another tool', at(call, 'update_baggages')],
    ['a call as a receive', at(call, 'receive')],
    ['a plain send as a call', at(request(), 'cancel_reservation')],
    ['a send as a receive', at(request(), 'receive')],
    ['a receive as a send', at(request({ point: 'receive' }), 'send')],
    ['a receive as a call', at({ ...call, point: 'receive' }, 'cancel_reservation')],
    ['an action that is not there', at(request(), 'constructor')],
    ['a message to everyone that reaches a tool', at({ ...call, message: toEveryone, point: 'receive' }, 'receive')],
  ])('denies: %s', async (_name, asked) => {
    expect(await airline.judge(asked, never)).toMatchObject({
      effect: 'deny',
      cause: 'error',
      code: 'POLICY_EVALUATION_FAILED',
    });
  });
});

describe('the version of the data', () => {
  it('is that of the constitution alone where there are no slots, else of both', async () => {
    const none = constitutionalHash([]);
    expect(airline.dataVersion).toBe(sha256(canonicalJson({ data: none, slots: airline.slots })));
    expect((await decide(airline, cancel('AAA111'))).binds.dataVersion).toBe(airline.dataVersion);
    const other = await loadAirline({ slots: slotFiles({ ...airlineData, users: {} }) });
    expect(other.dataVersion).not.toBe(airline.dataVersion);
    expect((await loadAirline({ checkOnly: true, slots: [] })).dataVersion).toBe(none);
  });

  it('needs every slot that the manifest names', async () => {
    await expect(loadAirline({ slots: [] })).rejects.toMatchObject({ code: 'CONSTITUTION_INVALID' });
  });
});
