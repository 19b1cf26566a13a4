import { describe, expect, it } from 'vitest';
import { type CedarInstance, newCedarInstance } from '../../src/cedar/instance.js';
import { cedarEngine } from '../../src/index.js';
import { textsWith } from '../support/files.js';
import { load, refusal } from '../support/problems.js';
import { never, request } from '../support/requests.js';
import { RuntimeError } from '../support/runtime-error.js';

/** It reads the time, so that no answer is remembered: these tests are about the engine. */
const policy = '@id("all") permit (principal, action, resource) when { context.now >= datetime("2000-01-01") };';

/** Instances that are real until told otherwise; each knows which one it is. */
const instances = (authorize: (real: CedarInstance, call: object, number: number) => unknown) => {
  let made = 0;
  const newInstance = (): CedarInstance => {
    const real = newCedarInstance();
    const number = ++made;
    return {
      policyToJson: (text) => real.policyToJson(text),
      validate: (call) => real.validate(call),
      preparsePolicySet: (id, policies) => real.preparsePolicySet(id, policies),
      preparseSchema: (name, schema) => real.preparseSchema(name, schema),
      schemaToJson: (schema) => real.schemaToJson(schema),
      statefulIsAuthorized: (call) => authorize(real, call, number),
    };
  };
  return { newInstance, made: () => made };
};

describe('cedarEngine', () => {
  it('denies the judgement that trapped, and judges the next one in a new instance', async () => {
    let trapNext = false;
    const { newInstance, made } = instances((real, call) => {
      if (!trapNext) return real.statefulIsAuthorized(call);
      trapNext = false;
      // A real trap: the instance is unusable from here on.
      const deep = `permit (principal, action, resource) when { ${'('.repeat(200)}true${')'.repeat(200)} };`;
      return real.policyToJson(deep);
    });
    const faults: unknown[] = [];
    const constitution = await load(await textsWith(policy), {
      engine: cedarEngine({ newInstance }),
      onFault: ({ cause }) => faults.push(cause),
    });
    expect(await constitution.judge(request(), never)).toMatchObject({ effect: 'allow' });
    expect(made()).toBe(1);
    trapNext = true;
    expect(await constitution.judge(request(), never)).toMatchObject({
      effect: 'deny',
      cause: 'error',
      code: 'POLICY_EVALUATION_FAILED',
    });
    expect(faults).toEqual([expect.any(RuntimeError)]);
    expect(await constitution.judge(request(), never)).toMatchObject({ effect: 'allow' });
    expect(made()).toBe(2);
  });

  it('denies while no new instance can be made, and judges again when one can', async () => {
    let broken = false;
    const { newInstance } = instances((real, call) => {
      if (broken) throw new RuntimeError('unreachable');
      return real.statefulIsAuthorized(call);
    });
    const constitution = await load(await textsWith(policy), {
      engine: cedarEngine({
        newInstance: () => {
          if (broken) throw new RangeError('out of memory');
          return newInstance();
        },
      }),
    });
    broken = true;
    for (let times = 0; times < 3; times++) {
      expect(await constitution.judge(request(), never)).toMatchObject({
        effect: 'deny',
        code: 'POLICY_EVALUATION_FAILED',
      });
    }
    broken = false;
    expect(await constitution.judge(request(), never)).toMatchObject({ effect: 'allow' });
  });

  it('refuses a constitution whose load traps, and leaves other snapshots alone', async () => {
    const healthy = await load(await textsWith(policy));
    const { newInstance } = instances(() => {
      throw new RuntimeError('memory access out of bounds');
    });
    const refused = await refusal(load(await textsWith(policy), { engine: cedarEngine({ newInstance }) }));
    expect(refused.code).toBe('CONSTITUTION_INVALID');
    expect(refused.message).toContain('the engine failed');
    expect(await healthy.judge(request(), never)).toMatchObject({ effect: 'allow' });
  });

  it.each([
    ['nothing', undefined],
    ['a string', 'allow'],
    ['a bare decision', { decision: 'allow' }],
    ['no diagnostics', { type: 'success', response: { decision: 'allow' }, warnings: [] }],
    ['no warnings', { type: 'success', response: { decision: 'allow', diagnostics: { reason: ['all'], errors: [] } } }],
    [
      'a warning',
      {
        type: 'success',
        response: { decision: 'allow', diagnostics: { reason: ['all'], errors: [] } },
        warnings: [{ message: 'hm' }],
      },
    ],
    [
      'an error',
      {
        type: 'success',
        response: {
          decision: 'allow',
          diagnostics: { reason: ['all'], errors: [{ policyId: 'x', error: { message: 'm' } }] },
        },
        warnings: [],
      },
    ],
    ['a failure', { type: 'failure', errors: [], warnings: [] }],
    [
      'an unknown type',
      {
        type: 'residuals',
        response: { decision: 'allow', diagnostics: { reason: ['all'], errors: [] } },
        warnings: [],
      },
    ],
    [
      'an unknown reason',
      {
        type: 'success',
        response: { decision: 'allow', diagnostics: { reason: ['policy0'], errors: [] } },
        warnings: [],
      },
    ],
    [
      'reasons of another type',
      { type: 'success', response: { decision: 'allow', diagnostics: { reason: [1], errors: [] } }, warnings: [] },
    ],
    [
      'no reason',
      { type: 'success', response: { decision: 'allow', diagnostics: { reason: [], errors: [] } }, warnings: [] },
    ],
  ])('denies when Cedar answers with %s', async (_name, answer) => {
    let judging = false;
    const { newInstance } = instances((real, call) => (judging ? answer : real.statefulIsAuthorized(call)));
    const constitution = await load(await textsWith(policy), { engine: cedarEngine({ newInstance }) });
    judging = true;
    expect(await constitution.judge(request(), never)).toMatchObject({
      effect: 'deny',
      cause: 'error',
      code: 'POLICY_EVALUATION_FAILED',
    });
  });

  it('denies where a forbid errors, which Cedar alone would allow', async () => {
    const overflow =
      '@id("o") forbid (principal, action, resource) when { context.contentBytes + 9223372036854775807 > 0 };';
    const constitution = await load(await textsWith(`${policy}\n${overflow}`));
    expect(await constitution.judge(request(), never)).toMatchObject({
      effect: 'deny',
      code: 'POLICY_EVALUATION_FAILED',
    });
  });

  it('denies after close, and closes twice', async () => {
    const constitution = await load(await textsWith(policy));
    await constitution.close();
    await constitution[Symbol.asyncDispose]();
    expect(await constitution.judge(request(), never)).toMatchObject({
      effect: 'deny',
      code: 'POLICY_EVALUATION_FAILED',
    });
  });

  it('gives every snapshot an instance of its own', () => {
    const [first, second] = [newCedarInstance(), newCedarInstance()];
    expect(first).not.toBe(second);
    first.preparsePolicySet('p', { staticPolicies: policy });
    expect(second.statefulIsAuthorized).not.toBe(first.statefulIsAuthorized);
  });
});
