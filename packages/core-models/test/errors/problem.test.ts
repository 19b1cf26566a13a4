import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  CharterbusError,
  type ErrorCode,
  errorCatalogue,
  MessageError,
  PolicyError,
  StoreError,
  toCharterbusError,
  toProblem,
} from '../../src/index.js';
import { jsonValues } from '../support/json-values.js';

describe('a problem document', () => {
  it('has the members of RFC 9457 and ours', () => {
    const error = new PolicyError('POLICY_DENIED', 'Refunds need a supervisor.', {
      details: { reasons: ['refunds'], policies: ['refunds'], messageId: 'm-1' },
    });
    expect(toProblem(error)).toEqual({
      type: 'urn:charterbus:error:policy-denied',
      title: 'The policies in force deny this message',
      status: 403,
      detail: 'Refunds need a supervisor.',
      code: 'POLICY_DENIED',
      remedy: 'seek-approval',
      reasons: ['refunds'],
      policies: ['refunds'],
      messageId: 'm-1',
    });
  });

  it.each(Object.keys(errorCatalogue) as ErrorCode[])('of %s has a URN as its type', (code) => {
    const error = Object.assign(new StoreError('STORE_CORRUPT', 'Any.'), { code });
    const { type, status } = toProblem(error);
    expect(URL.canParse(type)).toBe(true);
    expect(type).toMatch(/^urn:charterbus:error:[a-z-]+$/);
    expect(status).toBe(errorCatalogue[code].status);
  });

  it('is never overwritten by details', () => {
    const names = ['type', 'title', 'status', 'detail', 'instance', 'code', 'remedy', 'retryAfterMs', 'reasons'];
    const bare = toProblem(new MessageError('LEASE_LOST', 'Gone.'));
    fc.assert(
      fc.property(fc.dictionary(fc.oneof(fc.constantFrom(...names), fc.string()), jsonValues), (details) => {
        fc.pre(!(Array.isArray(details['reasons']) && details['reasons'].length > 0));
        expect(toProblem(new MessageError('LEASE_LOST', 'Gone.', { details }))).toMatchObject(bare);
        const problem = toProblem(new MessageError('LEASE_LOST', 'Gone.', { details }));
        for (const absent of ['instance', 'retryAfterMs']) expect(problem).not.toHaveProperty(absent);
      }),
    );
  });

  it('says when to try again where the error does', () => {
    const error = new StoreError('STORE_UNAVAILABLE', 'Busy.', { retryAfterMs: 100, details: { retryAfterMs: 1 } });
    expect(toProblem(error)).toMatchObject({ status: 503, retryAfterMs: 100 });
  });

  it.each([[[]], [['a', 1]], ['text'], [undefined]])(
    'gives its code as reason where details.reasons is %j',
    (reasons) => {
      expect(toProblem(new MessageError('LEASE_LOST', 'Gone.', { details: { reasons } })).reasons).toEqual([
        'LEASE_LOST',
      ]);
    },
  );
});

describe('what is not ours', () => {
  const secret = new Error('password=hunter2');
  const fail = (): never => {
    throw secret;
  };
  it.each<[string, unknown]>([
    ['an error', secret],
    ['an error with a code and status', Object.assign(new Error('hunter2'), { code: 'POLICY_DENIED', status: 200 })],
    ['a string', 'hunter2'],
    ['nothing', undefined],
    ['an object of our form', { ...new MessageError('LEASE_LOST', 'hunter2').toJSON() }],
    ['a proxy that throws', new Proxy(secret, { get: fail, has: fail, getPrototypeOf: fail, ownKeys: fail })],
    ['a proxy of an error of ours', new Proxy(new MessageError('LEASE_LOST', 'hunter2'), {})],
  ])('tells the caller nothing: %s', (_, thrown) => {
    const problem = toProblem(thrown);
    expect(problem).toMatchObject({ code: 'INTERNAL_ERROR', status: 500, reasons: ['INTERNAL_ERROR'] });
    expect(JSON.stringify(problem)).not.toContain('hunter2');
    expect(toCharterbusError(thrown).cause).toBe(thrown);
  });

  it('stays the same error where it is ours', () => {
    const error = new MessageError('LEASE_LOST', 'Gone.');
    expect(toCharterbusError(error)).toBe(error);
  });

  it('keeps the status of a code that only a newer copy of this package knows', () => {
    class NewerError extends CharterbusError {
      override get catalogueEntry() {
        return { category: 'message', status: 418, remedy: 'give-up', title: 'Only tea' } as const;
      }
    }
    const error = Object.assign(new NewerError('LEASE_LOST', 'No coffee.'), { code: 'ONLY_TEA' });
    expect(toProblem(error)).toMatchObject({ status: 418, code: 'ONLY_TEA', title: 'Only tea' });
    expect(MessageError.isInstance(error)).toBe(true);
  });

  it('is an unexpected error where it has our mark and no entry', () => {
    const forged = Object.assign(new StoreError('STORE_CORRUPT', 'hunter2'), { code: 'JUNK' });
    expect(toProblem(forged)).toMatchObject({ code: 'INTERNAL_ERROR', status: 500 });
    expect(StoreError.isInstance(forged)).toBe(false);
  });
});
