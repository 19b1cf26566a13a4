import { manifestSchema } from '@charterbus/core-models';
import { describe, expect, it } from 'vitest';
import { readYaml } from '../../src/source/yaml.js';
import { compile, manifestOf } from '../facts/support/compile.js';

const head = 'format: charterbus.constitution/1\nname: own\nrevision: 1\nengine: cedar\ntests: optional\n';
const told = (text: string) => {
  const [first] = readYaml('manifest.yaml', text, manifestSchema).problems;
  return `${first?.line}:${first?.column} ${first?.message}`;
};

describe('what a mistake in YAML is told as', () => {
  it.each<readonly [string, string, string]>([
    [
      'a type with a comma in braces',
      manifestOf('  types: { Day: { gates: map<string, Day> } }\n'),
      '7:38 facts.types.Day.Day>: is the rest of a type with a comma in it, which needs quotes, as in "map<string, T>".',
    ],
    [
      'a field that is none',
      manifestOf('  types:\n    Day:\n      a b: int\n'),
      '9:12 facts.types.Day.a b: must be 1 to 64 letters, digits or _, with ? at the end where it may be absent.',
    ],
    ['what is missing', head.replace('revision: 1\n', ''), '1:1 revision: is missing.'],
    [
      'a time without its zone',
      `${head}clock: { pinned: 2024-05-15T15:00:00 }\n`,
      '6:18 clock.pinned: must be a date, a time and a zone: "2026-01-01T12:00:00Z".',
    ],
    [
      'an expression with a colon',
      manifestOf('  send:\n    a: true ? 1 : 2\n'),
      '8:8 Nested mappings are not allowed in compact mappings. A text with a colon and a space in it needs quotes around it; or a line is indented too far.',
    ],
  ])('%s', (_what, text, expected) => {
    expect(told(text)).toBe(expected);
  });
});

describe('what a misspelt name is told as', () => {
  const types = '  types: { Row: { id: string, total: int } }\n';
  const table = '  tables: { rows: { slot: rows, row: Row, observed: { tools: [find], key: id } } }\n';
  const tools = '  tools: { find: {} }\n';
  const fact = '  send: { total: "rows[sender.id].total" }\n';
  const good = `${types}${table}${tools}${fact}`;

  it.each<readonly [string, string, string, string]>([
    ['a type', 'row: Row', 'row: Rov', 'There is no type Rov. Did you mean Row?'],
    ['a type in capitals', 'total: int', 'total: INT', 'There is no type INT. Did you mean int?'],
    ['a type of another language', 'total: int', 'total: integer', 'There is no type integer. There are string, int,'],
    ['a tool', '[find]', '[fnd]', 'There is no tool fnd. Did you mean find?'],
    ['a table', 'rows[sender.id]', 'row[sender.id]', 'There is no name row. Did you mean rows?'],
    ['a field', '].total', '].totl', 'Row has no field totl. Did you mean total?'],
    ['a field of an optional', 'rows[sender.id].total', 'rows[?sender.id].?totl.orValue(1)', 'Row has no field totl.'],
    ['nothing near', '].total', '].amount', 'Row has no field amount.'],
  ])('%s', (_what, from, to, expected) => {
    const { problems } = compile(manifestOf(good.replace(from, to)), { slots: { rows: {} } });
    expect(problems[0]?.message).toContain(expected);
  });
});
