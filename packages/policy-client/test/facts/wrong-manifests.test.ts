import { describe, expect, it } from 'vitest';
import { compile, manifestOf } from './support/compile.js';

/** Line 7 of the manifest is the first of the facts. */
const problemsOf = (facts: string) =>
  compile(manifestOf(facts), { slots: { rows: {}, numbers: {} }, data: { own: {} } }).problems;

/** One table, one tool, and a fact with this expression, whose first character is at line 19, column 13. */
const withFact = (expression: string): string => `  types:
    Inner: { label: string, count?: int }
    Row: { id: string, price: double, amount: int, parts: list<Inner>, by: "map<string, Inner>", spare?: string }
  tables:
    rows: { slot: rows, row: Row }
  providers:
    rate: { parameters: [string], returns: int }
  names:
    row: rows[args.id]
  tools:
    use:
      arguments: { id: string, note?: string, ids: list<string> }
      facts:
        fact: ${expression}
`;
const line = 20;
const column = 15;

const oneFact = (expression: string) => {
  const { problems } = compile(manifestOf(withFact(expression)), { slots: { rows: {} }, checkOnly: true });
  const [first] = problems;
  return first ?? { message: 'There is none.' };
};

describe('an expression that is wrong', () => {
  it.each<readonly [string, string, number, string]>([
    ['no name', 'rwo.amount', 0, 'There is no name rwo.'],
    ['no field', 'row.amuont', 4, 'Row has no field amuont. Did you mean amount?'],
    ['no field behind two others', 'row.parts[0].lable', 13, 'Inner has no field lable. Did you mean label?'],
    ['no field of arguments', 'args.di', 5, 'arguments.use has no field di.'],
    ['no field of the sender', 'sender.rank', 7, 'Agent has no field rank.'],
    ['no field of the message', 'message.content', 8, 'Message has no field content.'],
    ['no such tool before', 'earlier.used.size() > 0', 8, 'Earlier has no field used. Did you mean use?'],
    ['no field behind .?', 'rows[?args.id].?amuont.orValue(0)', 16, 'Row has no field amuont.'],
    ['no field of an optional', 'rows[?args.id].amuont.orValue(0)', 15, 'Row has no field amuont.'],
    ['no field in has()', 'has(args.noet)', 9, 'arguments.use has no field noet.'],
    ['no field deep in has()', 'has(row.parts.x)', 14, 'list<Inner> has no field x.'],
    ['no field in a macro', 'row.parts.all(p, p.lable == "x")', 19, 'Inner has no field lable. Did you mean label?'],
    ['no function', 'siez(row.parts)', 0, 'There is no function siez().'],
    ['no method', 'row.id.startWith("x")', 0, 'There is no function startWith().'],
    ['a regular expression', 'row.id.matches("x+")', 0, 'matches() is not available'],
    ['no type', 'dyn(row.id)', 0, 'dyn() is not available'],
    ['a binding', 'cel.bind(x, row.id, x)', 0, 'cel.bind() is not available'],
    ['a type of its own', 'type(row.id) == string', 0, 'There is no function type().'],
    ['bytes', 'b"x" == b"x"', 0, 'Facts know no type bytes.'],
    ['null', 'null == null', 0, 'Facts know no type null.'],
    ['another type', 'row.id + 1', 0, 'no such overload: string + int.'],
    [
      'a double and an int',
      'row.price * 100 > 1',
      0,
      'no such overload: double * int: ints and doubles do not mix; write double(…), or 2.0 for 2.',
    ],
    ['a record as a whole', 'row', 0, 'A fact is a string, bool, int'],
    ['a double', 'row.price', 0, 'A fact cannot be a double'],
    ['doubles', '"[row.price]"', 1, 'A fact cannot be a double'],
    ['an optional', 'rows[?args.id].?spare', 0, 'The value may be absent: end with .orValue('],
    ['an empty list', '"[]"', 1, 'The type of an empty list cannot be told.'],
    ['a map', 'row.by', 0, 'A fact is a string, bool, int'],
    ['a row by a number', 'rows[1].amount', 5, 'The keys are of type string, not int.'],
    ['a field by brackets', 'row["amount"]', 4, 'A field is taken behind a dot'],
    ['a table as a list', 'rows.exists(k, k == "x")', 0, 'rows is a table'],
    ['the size of a table', 'size(rows)', 5, 'rows is a table'],
    ['a table behind a dot', 'rows.x.amount', 0, 'rows is a table'],
    ['has() of an index', 'has(rows["x"].spare)', 4, 'has() takes fields behind dots only'],
    ['has() of .?', 'has(row.?spare.x)', 4, 'has() takes fields behind dots only'],
    ['a variable that hides', 'row.parts.all(args, true)', 14, 'args already has a meaning here'],
    ['a variable that hides a name', 'row.parts.all(row, true)', 14, 'row already has a meaning here'],
    ['a variable that hides another', 'row.parts.all(p, row.parts.all(p, true))', 31, 'p already has a meaning here'],
    [
      'three loops',
      'args.ids.all(a, args.ids.all(b, args.ids.all(c, a == b || b == c)))',
      45,
      'Lists are gone through at most 2 deep',
    ],
    [
      'two loops and a search',
      'args.ids.all(a, args.ids.all(b, (a + b) in args.ids))',
      33,
      'Lists are gone through at most 2 deep',
    ],
    [
      'a loop over what is put together',
      '(args.ids + args.ids + args.ids).all(a, (args.ids + args.ids).all(b, a == b))',
      41,
      'This may become too long',
    ],
    [
      'lists compared in two loops',
      'args.ids.all(a, args.ids.all(b, [a] == [b]))',
      32,
      'Lists are gone through at most 2 deep',
    ],
    [
      'a record with a list sought in a loop',
      'args.ids.all(a, rows[a] in [row].map(r, r))',
      16,
      'Lists are gone through at most 2 deep',
    ],
    ['a list put together', 'args.ids + args.ids + args.ids + args.ids + args.ids', 0, 'This may become too long'],
    [
      'a zone of the machine',
      'now.getHours("Europe/Berlin")',
      0,
      "found no matching overload for 'timestamp.getHours(string)'.",
    ],
    ['a timestamp of nothing', 'timestamp(true)', 0, "found no matching overload for 'timestamp(bool)'."],
    ['too few arguments for a provider', 'rate() > 1', 0, "found no matching overload for 'rate()'."],
    ['arguments of another type for a provider', 'rate(1) > 1', 0, "found no matching overload for 'rate(int)'."],
    ['no end', 'row.id +', 8, 'Unexpected token: EOF.'],
    ['no sense', 'row..id', 4, 'Expected IDENTIFIER, got DOT.'],
  ])('%s', (_what, expression, offset, message) => {
    const found = oneFact(expression);
    expect(found).toMatchObject({ file: 'manifest.yaml', line, column: column + offset });
    expect(found.message).toContain(message);
  });

  it.each<readonly [string, string, number]>([
    ['in single quotes', `'row.id == "it''s" + row.x'`, 25],
    ['in double quotes', '"row.id == \\"x\\" + row.x"', 23],
    ['with an escape of the text', '"row.id == \'\\u00e9\' + row.x"', 26],
  ])('is placed %s', (_how, expression, offset) => {
    expect(oneFact(expression)).toMatchObject({ line, column: column + offset });
  });

  it('is placed at the start of a block', () => {
    expect(oneFact('>-\n          row.id +\n          row.x')).toMatchObject({ line, column });
  });

  it('may be as large as an expression may be, and no larger', () => {
    const sum = Array.from({ length: 600 }, () => '1').join('+');
    expect(oneFact(sum).message).toContain('Exceeded maxAstNodes');
  });
});

describe('a declaration that is wrong', () => {
  it.each<readonly [string, string, number, number, string]>([
    ['an unknown type', '  types:\n    A: { x: strng }\n', 8, 13, 'There is no type strng.'],
    ['an unknown type inside', '  types:\n    A: { x: "list<map<string, B>>" }\n', 8, 31, 'There is no type B.'],
    ['dyn', '  types:\n    A: { x: dyn }\n', 8, 13, 'There is no type dyn.'],
    ['a map by int', '  types:\n    A: { x: "map<int, string>" }\n', 8, 18, 'The keys of a map are of type string'],
    ['no end of a list', '  types:\n    A: { x: list<string }\n', 8, 24, '> is expected here.'],
    ['more than a type', '  types:\n    A: { x: string string }\n', 8, 20, 'The type ends before this.'],
    ['nothing', '  types:\n    A: { x: "list<>" }\n', 8, 19, 'A type is expected here.'],
    [
      'a type that holds itself',
      '  types:\n    A: { b: B }\n    B: { a: list<A> }\n',
      9,
      18,
      'The type A holds itself.',
    ],
    ['a type by the name of another', '  types:\n    string: { x: int }\n', 8, 5, 'cannot be called string'],
    [
      'a field that objects have',
      '  types:\n    A: { constructor: int }\n',
      8,
      23,
      'A field cannot be called constructor.',
    ],
    ['a field that is there twice', '  types:\n    A: { x: int, x?: int }\n', 8, 22, 'The field x is declared twice.'],
    [
      'lists too deep',
      `  types:\n    A: { x: ${'list<'.repeat(10)}int${'>'.repeat(10)} }\n`,
      8,
      58,
      'nested at most 8 deep',
    ],
    ['rows of no type', '  tables:\n    rows: { slot: rows, row: A }\n', 8, 30, 'There is no type A.'],
    ['rows of text', '  tables:\n    rows: { slot: rows, row: string }\n', 8, 30, 'Rows are of a type under types'],
    [
      'a table by a taken name',
      '  types: { A: { x: int } }\n  tables:\n    args: { slot: rows, row: A }\n',
      9,
      5,
      'args already has a meaning',
    ],
    [
      "a name by a table's",
      '  types: { A: { x: int } }\n  tables:\n    a: { slot: rows, row: A }\n  names:\n    a: "1"\n',
      11,
      5,
      'a already has a meaning',
    ],
    [
      "a provider by a function's",
      '  providers:\n    size: { parameters: [int], returns: int }\n',
      8,
      5,
      'size already has a meaning',
    ],
    [
      'a provider of no type',
      '  providers:\n    rate: { parameters: [money], returns: int }\n',
      8,
      26,
      'There is no type money.',
    ],
    ['a tool called send', '  tools:\n    send: {}\n', 8, 5, 'A tool cannot be called send.'],
    ['a tool that objects have', '  tools:\n    toString: {}\n', 8, 5, 'A tool cannot be called toString.'],
    [
      'a key that is no field',
      '  types: { A: { x: string } }\n  tables:\n    a: { slot: rows, row: A, observed: { tools: [t], key: y } }\n  tools: { t: {} }\n',
      9,
      59,
      'which has no such field y',
    ],
    [
      'results of no tool',
      '  types: { A: { x: string } }\n  tables:\n    a: { slot: rows, row: A, observed: { tools: [u], key: x } }\n  tools: { t: {} }\n',
      9,
      50,
      'There is no tool u.',
    ],
  ])('%s', (_what, facts, atLine, atColumn, message) => {
    const [first] = problemsOf(facts);
    expect(first).toMatchObject({ file: 'manifest.yaml', line: atLine, column: atColumn });
    expect(first?.message).toContain(message);
  });

  it.each<readonly [string, string, number, number, string]>([
    [
      'a name that depends on itself',
      '  names:\n    a: b + 1\n    b: a + 1\n  send: { c: a }\n',
      8,
      8,
      'a depends on itself.',
    ],
    [
      'a name without a type',
      '  names:\n    a: "[]"\n  send: { c: size(a) }\n',
      8,
      9,
      'The type of an empty list or map cannot be told.',
    ],
    [
      'names that double',
      `  names:\n    a: sender.id + sender.id\n${Array.from('abcdef', (name, at) => `    ${'bcdefg'[at]}: ${name} + ${name}\n`).join('')}  send: { h: g }\n`,
      14,
      8,
      'This may become too long',
    ],
    ['arguments at send', '  send: { c: args.x }\n', 7, 14, 'There is no name args.'],
    ['a recipient at send', '  send: { c: recipient.id }\n', 7, 14, 'There is no name recipient.'],
    [
      'a fact of a tool and of send',
      '  send: { c: "true" }\n  tools: { t: { facts: { c: "true" } } }\n',
      8,
      26,
      'c is already a fact of every message at send.',
    ],
    ['an unused name', '  names:\n    a: "1"\n', 8, 5, 'Nothing uses a'],
    ['an unused type', '  types:\n    A: { x: int }\n', 8, 5, 'Nothing uses A'],
    [
      'an unused provider',
      '  providers:\n    rate: { parameters: [int], returns: int, http: { url: "http://localhost/" } }\n',
      8,
      5,
      'Nothing uses rate',
    ],
    ['an unused argument', '  tools:\n    t:\n      arguments: { x?: int }\n', 9, 20, 'No expression reads x'],
    [
      'a slot that is not given',
      '  types: { A: { x: int } }\n  tables: { a: { slot: gone, row: A } }\n  send: { c: \'a["x"].x\' }\n',
      8,
      24,
      'gone.json is not given: name its directory with --data',
    ],
    [
      'a file that is not there',
      '  types: { A: { x: int } }\n  tables: { a: { file: gone.json, row: A } }\n  send: { c: \'a["x"].x\' }\n',
      8,
      24,
      'There is no data/gone.json in the constitution.',
    ],
    [
      'a function that is not given',
      '  providers:\n    rate: { parameters: [int], returns: int }\n  send: { c: rate(1) }\n',
      8,
      5,
      'rate has no address, and no function is given for it.',
    ],
    [
      'a token that is not given',
      '  providers:\n    rate: { parameters: [int], returns: int, http: { url: "http://localhost/", token: { environment: GONE } } }\n  send: { c: rate(1) }\n',
      8,
      102,
      'The environment variable GONE is not set.',
    ],
    [
      'credentials in an address',
      '  providers:\n    rate: { parameters: [int], returns: int, http: { url: "http://a:b@localhost/" } }\n  send: { c: rate(1) }\n',
      8,
      60,
      'holds no credentials',
    ],
  ])('%s', (_what, facts, atLine, atColumn, message) => {
    const [first] = problemsOf(facts);
    expect(first).toMatchObject({ file: 'manifest.yaml', line: atLine, column: atColumn });
    expect(first?.message).toContain(message);
  });

  it('is told once, however many tools it is seen from', () => {
    const facts = `  names: { a: nowhere }
  tools:
    t: { facts: { x: a } }
    u: { facts: { x: a } }
`;
    expect(problemsOf(facts).map(({ message }) => message)).toEqual(['facts.names.a: There is no name nowhere.']);
  });

  it('is told together with all others', () => {
    const facts = '  send: { a: nowhere, b: "1 + true", c: "1.5" }\n';
    expect(problemsOf(facts)).toHaveLength(3);
  });
});
