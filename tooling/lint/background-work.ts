import { defineRule, type ESTree } from '@oxlint/plugins';

const message =
  'Work that nobody waits for belongs to Background of @charterbus/recovery (run, track, repeat, ended, warnOfFailure), so that its failure is told and its end can be waited for.';

/**
 * Finds what goes on beside the structured kind of background work: `void` before a call, `setInterval`, warnings of the process,
 * and a `catch` that looks at no error. `void` before a call that gives no promise is told by its return type alone, which this
 * rule does not know: as the whole body of an arrow function, where it says that nothing is returned, it is left alone.
 */
export const backgroundWork = defineRule({
  create(context) {
    return {
      UnaryExpression(node) {
        if (node.operator !== 'void' || node.argument.type !== 'CallExpression') return;
        if (node.parent.type === 'ExpressionStatement') context.report({ node, message });
      },
      CallExpression(node) {
        if (isInterval(node) || isWarning(node) || isBlindCatch(node)) context.report({ node, message });
      },
    };
  },
});

function isInterval({ callee }: ESTree.CallExpression): boolean {
  return callee.type === 'Identifier' && callee.name === 'setInterval';
}

function isWarning({ callee }: ESTree.CallExpression): boolean {
  return propertyOf(callee) === 'emitWarning';
}

function isBlindCatch({ callee, arguments: [handler] }: ESTree.CallExpression): boolean {
  if (propertyOf(callee) !== 'catch' || handler === undefined) return false;
  return handler.type === 'ArrowFunctionExpression' && handler.params.length === 0;
}

function propertyOf(callee: ESTree.CallExpression['callee']): string | undefined {
  if (callee.type !== 'MemberExpression' || callee.property.type !== 'Identifier') return undefined;
  return callee.property.name;
}
