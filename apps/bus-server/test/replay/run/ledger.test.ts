import { describe, expect, it } from 'vitest';
import { Ledger } from '../../../src/replay/run/ledger.js';

const sent = (ledger: Ledger, verdict: 'allow' | 'deny' | 'escalate', messageId: string | undefined): void => {
  ledger.sending();
  ledger.decided(verdict, 'worker', messageId);
};

describe('the accounts', () => {
  it('add up when every allowed message arrives once, before or after its receipt', async () => {
    const ledger = new Ledger();
    sent(ledger, 'allow', 'late');
    const waiting = ledger.arrival('late');
    ledger.arrived({ messageId: 'late', recipient: 'worker' });
    await waiting;
    ledger.arrived({ messageId: 'early', recipient: 'worker' });
    sent(ledger, 'allow', 'early');
    await ledger.arrival('early');
    sent(ledger, 'deny', 'denied');
    sent(ledger, 'deny', undefined);
    sent(ledger, 'escalate', 'held');
    expect(ledger.problems()).toEqual([]);
    expect(ledger.totals).toEqual({ sent: 5, allowed: 2, denied: 2, escalated: 1, delivered: 2, unknown: 0 });
  });

  it.each([
    ['1 messages were sent, and no decision came back.', (ledger: Ledger) => ledger.sending()],
    ['1 messages were allowed but not delivered.', (ledger: Ledger) => sent(ledger, 'allow', 'a')],
    [
      '1 messages were delivered more than once.',
      (ledger: Ledger) => {
        sent(ledger, 'allow', 'a');
        for (let turn = 0; turn < 2; turn += 1) ledger.arrived({ messageId: 'a', recipient: 'worker' });
      },
    ],
    [
      '1 messages were denied but delivered all the same.',
      (ledger: Ledger) => {
        sent(ledger, 'deny', 'a');
        ledger.arrived({ messageId: 'a', recipient: 'worker' });
      },
    ],
    [
      '1 messages were delivered without a receipt.',
      (ledger: Ledger) => ledger.arrived({ messageId: 'a', recipient: 'worker' }),
    ],
    [
      'Message a reached another agent than it names.',
      (ledger: Ledger) => {
        sent(ledger, 'allow', 'a');
        ledger.arrived({ messageId: 'a', recipient: 'other' });
      },
    ],
  ])('notice: %s', (problem, act) => {
    const ledger = new Ledger();
    act(ledger);
    expect(ledger.problems()).toEqual([problem]);
  });

  it('notice an id that stands for two messages', () => {
    const ledger = new Ledger();
    sent(ledger, 'deny', 'a');
    sent(ledger, 'deny', 'a');
    expect(ledger.problems()).toEqual(['Message a was decided about twice.']);
  });
});
