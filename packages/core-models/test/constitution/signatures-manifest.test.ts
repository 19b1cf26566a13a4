import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  manifestFormat,
  manifestSchema,
  messageTypes,
  type SignaturesManifest,
  signatureRule,
} from '../../src/index.js';

const least = { format: manifestFormat, name: 'sample', revision: 1, engine: 'cedar' };
const parse = (signatures: unknown) => manifestSchema.safeParse({ ...least, signatures });
const ruleOf = (required: SignaturesManifest['required']) =>
  signatureRule(manifestSchema.parse({ ...least, signatures: { required } }).signatures);

describe('required signatures', () => {
  it('are none unless they are stated', () => {
    const { signatures } = manifestSchema.parse(least);
    expect(messageTypes.some((type) => signatureRule(signatures)({ type, tenant: 'acme' }))).toBe(false);
  });

  it('are of the types and tenants that one entry names, and of all messages where it names neither', () => {
    const demands = ruleOf([
      { types: ['command'], tenants: ['acme'] },
      { types: ['governance_response'] },
      { tenants: ['bank'] },
    ]);
    expect(demands({ type: 'command', tenant: 'acme' })).toBe(true);
    expect(demands({ type: 'command', tenant: 'other' })).toBe(false);
    expect(demands({ type: 'query', tenant: 'acme' })).toBe(false);
    expect(demands({ type: 'governance_response', tenant: 'other' })).toBe(true);
    expect(demands({ type: 'query', tenant: 'bank' })).toBe(true);
    expect(ruleOf([{}])({ type: 'query', tenant: 'anyone' })).toBe(true);
  });

  it('are what any of the entries demands', () => {
    const type = fc.constantFrom(...messageTypes);
    const tenant = fc.constantFrom('a', 'b', 'c');
    const entry = fc.record(
      { types: fc.uniqueArray(type, { minLength: 1 }), tenants: fc.uniqueArray(tenant, { minLength: 1 }) },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 4 }), type, tenant, (required, ofType, ofTenant) => {
        const expected = required.some(
          ({ types = messageTypes, tenants = ['a', 'b', 'c'] }) => types.includes(ofType) && tenants.includes(ofTenant),
        );
        expect(ruleOf(required)({ type: ofType, tenant: ofTenant })).toBe(expected);
      }),
    );
  });

  it.each([
    [{ required: [{ type: ['command'] }] }, 'type'],
    [{ required: [{ types: ['comand'] }] }, 'command'],
    [{ required: [{ types: [] }] }, 'must name at least one, or be left out, which means all'],
    [{ required: [{ tenants: [] }] }, 'must name at least one, or be left out, which means all'],
    [{ required: [{ tenants: ['a b'] }] }, 'tenants'],
    [{ required: 'all' }, 'array'],
    [{ require: [] }, 'require'],
  ])('are refused where they are misspelt: %j', (signatures, words) => {
    const { error } = parse(signatures);
    expect(JSON.stringify(error?.issues)).toContain(words);
  });
});
