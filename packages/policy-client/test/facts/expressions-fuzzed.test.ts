import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compile, manifestOf } from './support/compile.js';
import { Conversation, call, gather } from './support/messages.js';

const words = `row rows args args.id args.ids args.n args.parts p q x now sender message earlier earlier.use sender.role
row.by row.parts row.at row.price rate( all( exists( map( filter( size( has( sum( max( timestamp( duration( optional.of( string(
. .? [ [? ] ( ) { } , : ? || && ! - + * / % == != < <= in .orValue( .hasValue() .label .size() "a" 'b' 1 0 2.5 true null [] {}
b"x" r"y" 1u 0x1f # ; \\ " ${'`'} ∞ int type dyn( cel.bind( google __proto__ constructor`.split(/\s+/);

const manifest = (expression: string) =>
  manifestOf(`  types:
    Part: { label: string }
    Row: { id: string, at: timestamp, price: double, parts: list<Part>, by: "map<string, Part>" }
  tables: { rows: { slot: rows, row: Row, observed: { tools: [use], key: id } } }
  providers: { rate: { parameters: [string], returns: int } }
  names: { row: 'rows[args.id]' }
  tools:
    use:
      arguments: { id: string, n: int, ids: list<string>, parts: list<Part> }
      facts:
        uses: |
          [row.id, string(row.price), args.id].size() == 0 || args.ids.size() + args.n > rate("x") || row.at < now ||
          args.parts.all(p, p in row.parts) || row.by.size() > 0
        fuzzed: ${JSON.stringify(expression)}
`);

const part = { label: 'l' };
const rows = { a: { id: 'a', at: '2024-01-01T00:00:00Z', price: 1.5, parts: [part], by: { k: part } } };
const given = { id: 'a', n: 3, ids: ['a', 'b'], parts: [part] };

describe('an expression made of anything', () => {
  it('is refused, or has a value of its type, or is wanting', async () => {
    let accepted = 0;
    const expression = fc
      .array(fc.constantFrom(...words), { minLength: 1, maxLength: 9 })
      .map((parts) => parts.join(' '));
    const property = fc.asyncProperty(expression, async (text) => {
      const { facts, problems } = compile(manifest(text), { slots: { rows }, providers: { rate: () => 1 } });
      if (facts === undefined) return problems.every(({ line, column }) => line !== undefined && column !== undefined);
      accepted += 1;
      const found = await gather(
        facts,
        call('use', given, { conversation: new Conversation() }),
        () => new Set(['fuzzed']),
      );
      return found.wanting?.code !== 'FACT_INVALID' && (found.wanting !== undefined || 'fuzzed' in found.values);
    });
    await fc.assert(property, { seed: 7, numRuns: 800 });
    expect(accepted).toBeGreaterThan(10);
  });
});
