import { describe, expect, it } from 'vitest';
import type { Constitution } from '../../src/index.js';
import { textsWith } from '../support/files.js';
import { load, refusal } from '../support/problems.js';
import { never, request } from '../support/requests.js';

const permitWith = (annotations: string): string => `@id("p")\n${annotations}\npermit (principal, action, resource);`;
const loadWith = async (annotations: string): Promise<Constitution> => load(await textsWith(permitWith(annotations)));

describe('annotations of a permit', () => {
  it.each<[string, object]>([
    ['@remove("/card")', { kind: 'remove', path: '/card' }],
    ['@remove("/first name")', { kind: 'remove', path: '/first name' }],
    ['@mask("/iban")', { kind: 'mask', path: '/iban', keep: 0 }],
    ['@mask("/iban 4")', { kind: 'mask', path: '/iban', keep: 4 }],
    ['@mask("/first name 4")', { kind: 'mask', path: '/first name', keep: 4 }],
    ['@replace("/amount 0")', { kind: 'replace', path: '/amount', value: 0 }],
    ['@replace("/city \\"not told\\"")', { kind: 'replace', path: '/city', value: 'not told' }],
    ['@replace("/a {\\"b\\": [null]}")', { kind: 'replace', path: '/a', value: { b: [null] } }],
    ['@annotate("class: internal")', { kind: 'annotate', header: 'class', value: 'internal' }],
    ['@annotate("seen-by: a: b")', { kind: 'annotate', header: 'seen-by', value: 'a: b' }],
  ])('ask for something at delivery: %s', async (annotation, obligation) => {
    await using constitution = await loadWith(annotation);
    const verdict = await constitution.judge(request(), never);
    expect(verdict).toMatchObject({ effect: 'allow', obligations: [obligation] });
  });

  it('have numbers where there are several of a kind', async () => {
    await using constitution = await loadWith(
      '@mask("/b") @mask_2("/a 2") @mask_99("/c") @remove("/b/c") @escalate("x")',
    );
    const verdict = await constitution.judge(request(), never);
    expect(verdict.effect).toBe('escalate');
    expect(verdict.obligations).toEqual([
      { kind: 'mask', path: '/a', keep: 2 },
      { kind: 'mask', path: '/b', keep: 0 },
      { kind: 'mask', path: '/c', keep: 0 },
    ]);
  });

  it('are remembered with an answer, and are all there the second time', async () => {
    await using constitution = await loadWith('@remove("/card")');
    const [first, second] = [await constitution.judge(request(), never), await constitution.judge(request(), never)];
    expect(second.obligations).toEqual(first.obligations);
  });

  it.each<[string, number, number, string]>([
    ['@remove("card")', 2, 1, 'must be a JSON Pointer'],
    ['@remove("")', 2, 1, 'must be a JSON Pointer'],
    ['@remove', 2, 1, '@remove("/path")'],
    ['@remove("/a/__proto__")', 2, 1, 'must be a JSON Pointer'],
    ['@description("@mask(\\"x\\")") // @mask\n  @mask("iban 4")', 3, 3, '@mask("/path 4")'],
    ['@mask("/iban 400")', 2, 1, 'from 0 to 64'],
    ['@mask("/iban") @mask_2("iban")', 2, 16, 'must be a JSON Pointer'],
    ['@replace("/amount")', 2, 1, 'the value after the path'],
    ['@replace("/amount nothing")', 2, 1, 'the value after the path'],
    ['@replace("amount 0")', 2, 1, 'the path must be'],
    ['@annotate("class")', 2, 1, 'no colon'],
    ['@annotate("Class: a")', 2, 1, 'lower-case'],
    ['@annotate("class: a\\nb")', 2, 1, 'control characters'],
    ['@redact("/card")', 2, 1, 'not an annotation that is understood'],
    ['@remvoe("/card")', 2, 1, 'Did you mean remove?'],
    ['@remove_1("/card")', 2, 1, 'not an annotation that is understood'],
    ['@remove_2x("/card")', 2, 1, 'not an annotation that is understood'],
    ['@id_2("q")', 2, 1, 'not an annotation that is understood'],
    ['@require_approval("x")', 2, 1, 'not an annotation that is understood'],
  ])('are refused with their place: %s', async (annotations, line, column, message) => {
    const { problems } = await refusal(loadWith(annotations));
    expect(problems).toEqual([
      { file: 'policies/own.cedar', line, column, message: expect.stringContaining(message) as unknown },
    ]);
  });

  it.each(['@remove("/card")', '@mask("/a")', '@replace("/a 0")', '@annotate("a: b")'])(
    'are refused on a forbid: %s',
    async (annotation) => {
      const text = `${permitWith('')}\n@id("f") ${annotation}\nforbid (principal, action, resource);`;
      const { problems } = await refusal(load(await textsWith(text)));
      expect(problems).toMatchObject([{ line: 4, column: 10, message: expect.stringContaining('permit') as unknown }]);
    },
  );

  it('are refused where they ask for more than a verdict holds', async () => {
    const values = Array.from(
      { length: 6 },
      (_, index) => `@replace_${index + 2}("/f${index} \\"${'x'.repeat(4000)}\\"")`,
    );
    const { problems } = await refusal(loadWith(values.join('\n')));
    expect(problems).toMatchObject([{ message: expect.stringContaining('bytes of obligations') as unknown }]);
  });
});
