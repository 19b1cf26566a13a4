import { describe, expect, it } from 'vitest';
import { stoppedRules } from '../../../src/replay/report/stopped-rules.js';
import type { CallRecord } from '../../../src/replay/run/conversation-run.js';
import { StoppedCalls } from '../../../src/replay/run/stopped-calls.js';

const record = (reason: string, changes: Partial<CallRecord> = {}): CallRecord => ({
  task_id: 't',
  trial: 0,
  message: 0,
  call: 'c',
  tool: 'look',
  verdict: 'deny',
  reasons: [reason],
  policies: [reason],
  ...changes,
});

const place = {
  steps: [{ message: 0, from: 'agent', to: 'tool:look', type: 'task_request', content: {} }],
  position: 0,
} as const;

const textsOf = (calls: readonly CallRecord[], policies: Parameters<typeof stoppedRules>[0]['policies']) => {
  const stopped = new StoppedCalls();
  for (const call of calls) stopped.add(call, 1, place);
  return stoppedRules({ stopped, policies }, calls).map(({ rule, description, file, line }) => [
    rule,
    description,
    file,
    line,
  ]);
};

describe('stopped rules', () => {
  it('say what the constitution says of them', () => {
    const policies = new Map([
      ['R1', { description: 'Not so.', file: 'policies/a.cedar', line: 3 }],
      ['R2', { file: 'policies/a.cedar', line: 9 }],
    ]);
    expect(textsOf([record('R1'), record('R2')], policies)).toEqual([
      ['R1', 'Not so.', 'policies/a.cedar', 3],
      ['R2', undefined, 'policies/a.cedar', 9],
    ]);
  });

  it('of a constitution that cannot be seen stand where the verdicts say', () => {
    const sources = [{ policy: 'R1', file: 'policies/b.cedar', line: 4 }];
    expect(textsOf([record('R1', { sources }), record('R9')], new Map())).toEqual([
      ['R1', undefined, 'policies/b.cedar', 4],
      ['R9', undefined, undefined, undefined],
    ]);
  });

  it('that are codes say what the code means', () => {
    expect(textsOf([record('FACT_UNAVAILABLE'), record('constructor')], new Map())).toEqual([
      ['FACT_UNAVAILABLE', 'A fact that the policies require is not available.', undefined, undefined],
      ['constructor', undefined, undefined, undefined],
    ]);
  });
});
