import { describe, expect, it } from 'vitest';
import { newCedarInstance } from '../../src/cedar/instance.js';
import { scanLimits, scanPolicies } from '../../src/cedar/scan.js';

const scan = (text: string) => scanPolicies({ path: 'policies/a.cedar', text });
const when = (expression: string) => `permit (principal, action, resource) when { ${expression} };`;

describe('scanPolicies', () => {
  it('splits at semicolons, and keeps offset, line and the exact text', () => {
    const text =
      '// a; comment\n@id("a;b")\npermit (principal, action, resource);\n\nforbid (principal, action, resource); // end;';
    const { statements, problems } = scan(text);
    expect(problems).toEqual([]);
    expect(statements.map(({ line }) => line)).toEqual([2, 5]);
    expect(
      statements.map((statement) => text.slice(statement.offset, statement.offset + statement.text.length)),
    ).toEqual(statements.map((statement) => statement.text));
    expect(statements[0]?.text).toBe('@id("a;b")\npermit (principal, action, resource);');
  });

  it('takes a carriage return as the end of a comment, as Cedar does', () => {
    expect(scan('// a\rpermit (principal, action, resource);').statements).toHaveLength(1);
  });

  it.each([
    ['an open string', '@id("a) permit (principal, action, resource);', 1, 5],
    ['a backslash at the end of a line', when('"a\\\n" == "a"'), 1, 45],
    ['a missing semicolon', '\npermit (principal, action, resource)', 2, 1],
    ['a bracket too many', when('true)'), 1, 51],
    ['an open bracket', 'permit (principal, action, resource;', 1, 36],
    ['a character that Cedar does not know', 'permit (principal, action, resource) when { # };', 1, 45],
  ])('refuses %s', (_name, text, line, column) => {
    expect(scan(text).problems).toMatchObject([{ file: 'policies/a.cedar', line, column }]);
  });

  it.each([
    ['brackets', (n: number) => when(`${'('.repeat(n)}true${')'.repeat(n)}`)],
    ['sets', (n: number) => when(`${'['.repeat(n)}1${']'.repeat(n)} == [1]`)],
    ['records', (n: number) => when(`${'{a:'.repeat(n)}1${'}'.repeat(n)} == {a: 1}`)],
    ['calls', (n: number) => when(`${'[1].contains('.repeat(n)}1${')'.repeat(n)}`)],
    ['not', (n: number) => when(`${'!'.repeat(n)}true`)],
    ['minus', (n: number) => when(`${'-'.repeat(n)}1 < 2`)],
    ['if in the condition', (n: number) => when(`${'if '.repeat(n)}true${' then true else false'.repeat(n)}`)],
    ['if in the else', (n: number) => when(`${'if true then true else '.repeat(n)}true`)],
    ['and', (n: number) => when(Array(n).fill('true').join(' && '))],
    ['or', (n: number) => when(Array(n).fill('true').join(' || '))],
    ['plus', (n: number) => when(`${Array(n).fill('1').join(' + ')} < 4`)],
    ['members', (n: number) => when(`context${'.a'.repeat(n)}`)],
    ['indices', (n: number) => when(`context${'["a"]'.repeat(n)}`)],
    ['clauses', (n: number) => `permit (principal, action, resource) ${'when { true } '.repeat(n)};`],
    ['a mixture', (n: number) => when(`${'!(if true then true && '.repeat(n)}true${' else true)'.repeat(n)}`)],
  ])('stops %s before they can trap, and what it lets through does not trap', (_name, shape) => {
    expect(scan(shape(2_000)).problems).toHaveLength(1);
    let most = 1;
    while (scan(shape(most + 1)).problems.length === 0) most += 1;
    expect(most).toBeGreaterThanOrEqual(10);
    const instance = newCedarInstance();
    expect(() => instance.policyToJson(shape(most))).not.toThrow();
    const staticPolicies = { own: shape(most) };
    expect(() =>
      instance.validate({
        schema: 'entity A; action send appliesTo { principal: A, resource: A };',
        policies: { staticPolicies },
      }),
    ).not.toThrow();
    expect(() => instance.preparsePolicySet('p', { staticPolicies })).not.toThrow();
  });

  it('lets wide sets be wide', () => {
    expect(scan(when(`[${Array(5_000).fill('"a"').join(', ')}].contains("a")`)).problems).toEqual([]);
  });

  it('bounds the length of a policy', () => {
    const { problems } = scan(when(`"${'a'.repeat(scanLimits.statement)}" == "a"`));
    expect(problems[0]?.message).toContain('longer than');
  });
});
