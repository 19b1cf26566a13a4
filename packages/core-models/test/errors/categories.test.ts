import { describe, expect, it } from 'vitest';
import {
  AgentError,
  CharterbusError,
  ConfigurationError,
  ConstitutionalError,
  DeliberationError,
  type ErrorCode,
  errorCatalogue,
  MessageError,
  OperationError,
  PolicyError,
  StoreError,
} from '../../src/index.js';

const classes = {
  agent: AgentError,
  configuration: ConfigurationError,
  constitutional: ConstitutionalError,
  deliberation: DeliberationError,
  message: MessageError,
  operation: OperationError,
  policy: PolicyError,
  store: StoreError,
} as const;
const cases = (Object.keys(errorCatalogue) as ErrorCode[]).map((code) => {
  const Class = classes[errorCatalogue[code].category];
  return [code, Class.name, Class as unknown as new (...args: unknown[]) => CharterbusError] as const;
});

describe('every error', () => {
  it.each(cases)('%s is a %s with its code, remedy, cause and JSON form', (code, name, Class) => {
    const cause = new Error('underneath');
    const error = new Class(code, 'What happened.', { cause, details: { part: 1 }, retryAfterMs: 5 });
    expect(error).toBeInstanceOf(CharterbusError);
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({ code, name, message: 'What happened.', cause, retryAfterMs: 5 });
    expect(error.stack).toContain('What happened.');
    const { remedy } = errorCatalogue[code];
    expect(JSON.parse(JSON.stringify(error))).toEqual({
      name,
      code,
      message: 'What happened.',
      remedy,
      retryAfterMs: 5,
      details: { part: 1 },
    });
  });

  it('says nothing of what it was not told', () => {
    const error = new MessageError('MESSAGE_INVALID', 'No.');
    expect(Object.hasOwn(error, 'cause')).toBe(false);
    expect(error.toJSON()).toEqual({
      name: 'MessageError',
      code: 'MESSAGE_INVALID',
      message: 'No.',
      remedy: 'fix-request',
    });
  });
});

describe('isInstance', () => {
  it.each(cases)('of %s is true for its own category alone', (code, name, Class) => {
    const error = new Class(code, 'No.');
    expect(CharterbusError.isInstance(error)).toBe(true);
    const taken = Object.values(classes).filter((candidate) => candidate.isInstance(error));
    expect(taken.map((candidate) => candidate.name)).toEqual([name]);
  });

  it('is false for all else, and runs no code of it', () => {
    const trap = (): never => {
      throw new Error('a trap was run');
    };
    const proxy = new Proxy(new MessageError('MESSAGE_INVALID', 'No.'), { has: trap, get: trap, getPrototypeOf: trap });
    const heir: unknown = Object.create(new MessageError('MESSAGE_INVALID', 'No.'));
    for (const value of [undefined, null, 1, 'MESSAGE_INVALID', {}, new Error('x'), proxy, heir, () => 1]) {
      expect(CharterbusError.isInstance(value)).toBe(false);
      expect(MessageError.isInstance(value)).toBe(false);
    }
  });
});
