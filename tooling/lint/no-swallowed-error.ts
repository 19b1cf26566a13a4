import { type Context, defineRule, type ESTree } from '@oxlint/plugins';

const message =
  'This error is swallowed: map it, keep it or throw it on, so that a failure is never taken for success.';

/**
 * A `catch` has to do something with the failure: throw, return a value in its place, keep it in a variable, or read
 * the error. An empty `.catch()` handler whose result nobody takes is the same fault in another coat.
 */
export const noSwallowedError = defineRule({
  create(context) {
    const clauses: { node: ESTree.CatchClause; acts: boolean }[] = [];
    const act = (): void => {
      const clause = clauses.at(-1);
      if (clause !== undefined) clause.acts = true;
    };
    return {
      CatchClause(node) {
        clauses.push({ node, acts: readsItsError(context, node) });
      },
      'CatchClause:exit'() {
        const clause = clauses.pop();
        if (clause !== undefined && !clause.acts) context.report({ node: clause.node, message });
      },
      ThrowStatement: act,
      AssignmentExpression: act,
      ReturnStatement(node) {
        if (node.argument !== null) act();
      },
      CallExpression(node) {
        if (isEmptyCatchCall(node) && isDiscarded(node)) context.report({ node, message });
      },
    };
  },
});

function readsItsError(context: Context, node: ESTree.CatchClause): boolean {
  return context.sourceCode.getDeclaredVariables(node).some(({ references }) => references.length > 0);
}

function isEmptyCatchCall({ callee, arguments: [handler] }: ESTree.CallExpression): boolean {
  if (callee.type !== 'MemberExpression' || callee.property.type !== 'Identifier') return false;
  if (callee.property.name !== 'catch' || handler === undefined) return false;
  if (handler.type !== 'ArrowFunctionExpression' && handler.type !== 'FunctionExpression') return false;
  const { body } = handler;
  if (body?.type === 'BlockStatement') return body.body.length === 0;
  return body?.type === 'Identifier' && body.name === 'undefined';
}

/** Whether a call is a statement by itself, awaited or not; else its result stands for the failure. */
function isDiscarded({ parent }: ESTree.CallExpression): boolean {
  const outer = parent.type === 'AwaitExpression' || parent.type === 'UnaryExpression' ? parent.parent : parent;
  return outer.type === 'ExpressionStatement';
}
