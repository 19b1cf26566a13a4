import { describe, expect, it } from 'vitest';
import { answeredFields, contextFields } from '../src/engine/context-fields.js';
import { airlineTexts, loadAirline } from './support/airline-constitution.js';
import { textOf } from './support/files.js';
import { refusal } from './support/problems.js';

const path = 'policies/airline.cedar';
const policies = textOf(airlineTexts, path);

/** Every place where an attribute is named: after a dot or `has`. */
const places = [...policies.matchAll(/(?<=\.|has )[a-z][A-Za-z_]*(?![A-Za-z_(])/g)];

/** One word, a letter of it left out, doubled, swapped, or in the other case. */
const misspellings = (word: string): readonly string[] => {
  const middle = Math.floor(word.length / 2);
  return [
    word.slice(0, middle) + word.slice(middle + 1),
    word.slice(0, middle) + word.charAt(middle) + word.slice(middle),
    word.charAt(0).toUpperCase() + word.slice(1),
    `${word}s`,
  ];
};

describe('a misspelt name in a policy', () => {
  it('is tried for every fact and every field of the context that policies name', async () => {
    const named = new Set([...places.map(([word]) => word), ...answeredFields, 'toTopic', 'toCapability']);
    expect(contextFields.filter((field) => !named.has(field))).toEqual([]);
    expect(named.size).toBeGreaterThan(15);
    await expect(loadAirline()).resolves.toBeDefined();
  });

  it.each(places.map((match) => [match[0], match.index] as const))('%s at %i is refused', async (word, index) => {
    const line = policies.slice(0, index).split('\n').length;
    for (const wrong of misspellings(word)) {
      const text = policies.slice(0, index) + wrong + policies.slice(index + word.length);
      const { code, problems } = await refusal(loadAirline({}, { ...airlineTexts, [path]: text }));
      expect({ wrong, code, file: problems[0]?.file }).toEqual({ wrong, code: 'CONSTITUTION_INVALID', file: path });
      // Cedar tells the place of the name, or where the policy begins that can never apply.
      expect(problems[0]?.line).toBeLessThanOrEqual(line);
    }
  });

  it.each<[string, string]>([
    ['unless { context has insurd }', 'insurd'],
    ['when { !(context has larges && context.larges > 3) }', 'larges'],
    ['when { context.amount > 3 || (context has colour && context.colour == "x") }', 'colour'],
    ['when { context.amount > 3 || (false && context.colour == "x") }', 'colour'],
    ['unless { principal has rol }', 'rol'],
    ['when { !(context has toTopics && context.toTopics == "x") }', 'toTopics'],
    ...answeredFields.map((field): [string, string] => [`unless { context has ${field}s }`, `${field}s`]),
    ['unless { resource has roles && resource.roles == "x" }', 'roles'],
    ['unless { context has flight_states }', 'flight_states'],
    ['unless { if context.isReply then context has "mis spelt" else false }', 'mis spelt'],
    ['unless { context has larges.deeper }', 'larges'],
    ['unless { [context has larges].contains(true) }', 'larges'],
    ['unless { {"a": context has larges}.a }', 'larges'],
  ])('is refused where Cedar would take it: %s', async (condition, name) => {
    const added = `\n@id("more")\nforbid (principal, action == Action::"send_certificate", resource)\n${condition};`;
    const { problems } = await refusal(loadAirline({}, { ...airlineTexts, [path]: `${policies}${added}` }));
    expect(problems).toMatchObject([{ file: path, message: expect.stringContaining(name) as unknown }]);
  });

  it('is not seen in what is no name', async () => {
    const added = `@id("more") @description("insurd")
forbid (principal, action == Action::"send_certificate", resource) // larges
when { context.membership like "rol*" && {"colour": 1}.colour == 1 && context has "amount" };`;
    await expect(loadAirline({}, { ...airlineTexts, [path]: `${policies}${added}` })).resolves.toBeDefined();
  });
});

describe('a rule about send beside tools', () => {
  const withRule = (rule: string) => loadAirline({}, { ...airlineTexts, [path]: `${policies}\n@id("more") ${rule}` });
  it.each([
    'forbid (principal, action == Action::"send", resource);',
    'forbid (principal, action, resource) when { action == Action::"send" };',
    'forbid (principal, action, resource) unless { action != Action::"send" };',
    'forbid (principal, action, resource) when { [Action::"send"].contains(action) };',
    'forbid (principal, action, resource) when { Action::"send" in action };',
    'forbid (principal, action, resource) when { action in [Action::"receive"] || {"a": action == Action::"send"}.a };',
    '@escalate("x") permit (principal, action == Action::"send", resource);',
    '@remove("/card") permit (principal, action == Action::"send", resource);',
  ])('is refused where it would pass over calls: %s', async (rule) => {
    const { problems } = await refusal(withRule(rule));
    expect(problems).toMatchObject([
      { file: path, line: 36, message: expect.stringContaining('write `action in Action::"send"`') as unknown },
    ]);
  });

  it.each([
    'forbid (principal, action in Action::"send", resource) when { context.isReply };',
    'forbid (principal, action in [Action::"send", Action::"receive"], resource) when { context.isReply };',
    'forbid (principal, action, resource) when { action in Action::"send" && context.isReply };',
    'forbid (principal, action, resource) when { action in [Action::"receive", Action::"send"] && context.isReply };',
    'forbid (principal, action == Action::"receive", resource) when { context.isReply };',
    'permit (principal, action == Action::"send", resource) when { action == Action::"send" };',
  ])('is taken where it covers them, or only permits: %s', async (rule) => {
    await expect(withRule(rule)).resolves.toBeDefined();
  });
});
