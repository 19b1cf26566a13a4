import { describe, expect, it } from 'vitest';
import { contextReads } from '../../src/cedar/context-reads.js';
import { contextFields } from '../../src/engine/context-fields.js';

const all = [
  'answeredRole',
  'answeredType',
  'answersOwn',
  'contentBytes',
  'isReply',
  'messageType',
  'now',
  'priority',
  'priorityRank',
  'toCapability',
  'toEveryone',
  'toTopic',
];
const reads = (...policies: readonly string[]) => [...contextReads(policies, contextFields)].toSorted();

describe('the fields that policies may read', () => {
  it('are those whose names stand in the text', () => {
    expect(reads('permit (principal, action, resource) when { context.messageType == "query" };')).toEqual([
      'messageType',
    ]);
    expect(reads('permit (principal, action, resource);')).toEqual([]);
    expect(reads('… context . now …', '… context has isReply && context\n.isReply …')).toEqual(['isReply', 'now']);
  });

  it('are more rather than fewer: a name in a comment counts, but not one that is part of another', () => {
    expect(reads('// now is the time\npermit (principal, action, resource);')).toEqual(['now']);
    expect(reads('permit … when { context.priorityRank > 1 };')).toEqual(['priorityRank']);
  });

  it('are looked for among facts alike', () => {
    const text = 'permit … when { context.cabin == "x" && context has insured };';
    expect([...contextReads([text], ['cabin', 'cabin_class', 'insured', 'x'])]).toEqual(['cabin', 'insured', 'x']);
    expect([...contextReads([`${text} context["\\u{61}"]`], ['a', 'b'])]).toEqual(['a', 'b']);
  });

  it.each([
    'context == {"now": 1}',
    'principal.seen == context',
    'context["now"]',
    'context["\\u{6e}ow"]',
    'context // aside\n .now',
    'context has "n\\u{6f}w"',
    '[context].contains(context)',
    'if true then context else context',
    'context',
    'context.isReply && context == {"isReply": true}',
    'context.isReply && context has "n\\u{6f}w" && context.isReply',
  ])('are all where a context is used in any other way: %s', (text) => {
    expect(reads(`permit (principal, action, resource) when { ${text} };`)).toEqual(all);
  });

  it('take no other word for context', () => {
    expect(reads('principal.contextual == my_context && contexts')).toEqual([]);
  });
});
