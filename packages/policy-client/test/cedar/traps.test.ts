import { describe, expect, it } from 'vitest';
import { newCedarInstance } from '../../src/cedar/instance.js';
import { generateSchema, noFacts } from '../../src/index.js';
import { RuntimeError } from '../support/runtime-error.js';

/**
 * What makes the wrapper necessary, shown on the real engine. Where a new version behaves better, a test fails and
 * says which precaution has become superfluous.
 */
const schema = `
  entity Agent;
  action send appliesTo { principal: Agent, resource: Agent, context: { risk?: Long, amount: Long } };
`;
const permit = 'permit (principal, action, resource);';
const riskyForbid = 'forbid (principal, action, resource) when { context.risk > 5 };';
const uid = { type: 'Agent', id: 'a' };
const call = (context: unknown, more: object = {}) => ({
  principal: uid,
  action: { type: 'Action', id: 'send' },
  resource: uid,
  context,
  entities: [],
  preparsedPolicySetId: 'p',
  preparsedSchemaName: 's',
  validateRequest: true,
  ...more,
});

const ready = (policies: string | object) => {
  const instance = newCedarInstance();
  expect(instance.preparseSchema('s', schema)).toEqual({ type: 'success' });
  expect(instance.preparsePolicySet('p', { staticPolicies: policies })).toEqual({ type: 'success' });
  return instance;
};

describe('Cedar by itself', () => {
  it('skips a forbid that errors, and allows', () => {
    const answer = ready({ permit, riskyForbid }).statefulIsAuthorized(call({ amount: 1 }));
    expect(answer).toMatchObject({
      type: 'success',
      response: { decision: 'allow', diagnostics: { reason: ['permit'], errors: [{ policyId: 'riskyForbid' }] } },
    });
  });

  it('skips a forbid that overflows, and allows', () => {
    const overflow = 'forbid (principal, action, resource) when { context.amount + 9223372036854775807 > 0 };';
    const answer = ready({ permit, overflow }).statefulIsAuthorized(call({ amount: 1 }));
    expect(answer).toMatchObject({
      response: { decision: 'allow', diagnostics: { errors: [{ policyId: 'overflow' }] } },
    });
  });

  it('denies with an empty set', () => {
    expect(ready({}).statefulIsAuthorized(call({ amount: 1 }))).toMatchObject({
      response: { decision: 'deny', diagnostics: { reason: [] } },
    });
  });

  it('fails for unknown preparsed names', () => {
    const instance = ready(permit);
    expect(instance.statefulIsAuthorized(call({ amount: 1 }, { preparsedPolicySetId: 'q' }))).toMatchObject({
      type: 'failure',
    });
    expect(instance.statefulIsAuthorized(call({ amount: 1 }, { preparsedSchemaName: 'q' }))).toMatchObject({
      type: 'failure',
    });
  });

  it('keeps the old set when a new one does not parse', () => {
    const instance = ready(permit);
    expect(instance.preparsePolicySet('p', { staticPolicies: 'nonsense' })).toMatchObject({ type: 'failure' });
    expect(instance.statefulIsAuthorized(call({ amount: 1 }))).toMatchObject({ response: { decision: 'allow' } });
  });

  it.each([
    ['a fraction', { amount: 1.5 }],
    ['null', { amount: null }],
    ['the largest i64, which JSON rounds', { amount: 2 ** 63 }],
    ['a missing attribute', {}],
    ['undefined, which vanishes', { amount: undefined }],
    ['an attribute too many', { amount: 1, more: 1 }],
  ])('fails for %s when the schema goes along', (_name, context) => {
    expect(ready(permit).statefulIsAuthorized(call(context))).toMatchObject({ type: 'failure' });
  });

  it('does not notice a missing attribute without the schema', () => {
    const { preparsedSchemaName: _, ...bare } = call({});
    expect(ready(permit).statefulIsAuthorized({ ...bare, validateRequest: false })).toMatchObject({
      response: { decision: 'allow' },
    });
  });

  it.each([
    ['a bigint', { amount: 1n }],
    ['a context too deep', { amount: JSON.parse(`${'{"a":'.repeat(130)}1${'}'.repeat(130)}`) as unknown }],
  ])('throws for %s and stays healthy', (_name, context) => {
    const instance = ready(permit);
    expect(() => instance.statefulIsAuthorized(call(context))).toThrow(Error);
    expect(instance.statefulIsAuthorized(call({ amount: 1 }))).toMatchObject({ response: { decision: 'allow' } });
  });

  it('is poisoned for good by deeply nested policy text, while other instances are not', () => {
    const [poisoned, other] = [ready(permit), ready(permit)];
    const deep = `permit (principal, action, resource) when { ${'('.repeat(200)}true${')'.repeat(200)} };`;
    expect(() => poisoned.policyToJson(deep)).toThrow(RuntimeError);
    expect(() => poisoned.statefulIsAuthorized(call({ amount: 1 }))).toThrow(Error);
    expect(() => poisoned.statefulIsAuthorized(call({ amount: 1 }))).toThrow(Error);
    expect(other.statefulIsAuthorized(call({ amount: 1 }))).toMatchObject({ response: { decision: 'allow' } });
    expect(ready(permit).statefulIsAuthorized(call({ amount: 1 }))).toMatchObject({ response: { decision: 'allow' } });
  });

  it('takes two policies of one id without a word', () => {
    const twice = '@id("a") permit (principal, action, resource); @id("a") forbid (principal, action, resource);';
    expect(newCedarInstance().validate({ schema, policies: { staticPolicies: twice } })).toMatchObject({
      type: 'success',
      validationErrors: [],
      validationWarnings: [],
    });
  });

  it('takes a generated schema', () => {
    expect(newCedarInstance().preparseSchema('s', generateSchema(noFacts.actions))).toEqual({ type: 'success' });
  });

  it('finds no fault with has of a misspelt name, nor with what stands behind it', () => {
    const misspelt = 'forbid (principal, action, resource) unless { context has rsik && context.rsik > 5 };';
    expect(newCedarInstance().validate({ schema, policies: { staticPolicies: misspelt } })).toMatchObject({
      type: 'success',
      validationErrors: [],
      validationWarnings: [],
    });
  });
});
