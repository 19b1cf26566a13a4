import { defineRule, type ESTree } from '@oxlint/plugins';

type Callback = ESTree.ArrowFunctionExpression | ESTree.Function;

/** The length of functions in tests. A block that only holds tests may be as long as they are. */
export const testLength = defineRule({
  meta: { schema: [{ type: 'object', properties: { max: { type: 'integer' } } }], defaultOptions: [{ max: 40 }] },
  create(context) {
    const [options] = context.options as [{ max: number }];
    const check = (node: Callback): void => {
      const lines = node.loc.end.line - node.loc.start.line + 1;
      if (lines <= options.max || holdsTests(node)) return;
      context.report({ node, message: `This function has ${lines} lines; at most ${options.max} can be taken in.` });
    };
    return { ArrowFunctionExpression: check, FunctionDeclaration: check, FunctionExpression: check };
  },
});

/** Whether a function is made of calls that register tests, hooks and blocks, as suites are. */
function holdsTests({ body }: Callback): boolean {
  if (body?.type !== 'BlockStatement') return false;
  return body.body.some((statement) => {
    if (statement.type !== 'ExpressionStatement' || statement.expression.type !== 'CallExpression') return false;
    return registers.test(calledName(statement.expression.callee));
  });
}

const registers = /^(describe|test|it|beforeAll|beforeEach|afterAll|afterEach)$/;

/** `test` for `test(…)`, `test.each(…)(…)` and `runner.test(…)`. */
function calledName(callee: ESTree.Expression): string {
  if (callee.type === 'Identifier') return callee.name;
  if (callee.type === 'CallExpression') return calledName(callee.callee);
  if (callee.type !== 'MemberExpression' || callee.property.type !== 'Identifier') return '';
  return registers.test(callee.property.name) ? callee.property.name : calledName(callee.object);
}
