import type { Chooser } from '../../src/testing/index.js';
import { type Texts, textOf } from './files.js';
import { raise, rejection, thenable } from './odd-answers.js';

const words = [
  'permit',
  'forbid',
  'principal',
  'resource',
  'action',
  'context',
  'when',
  'unless',
  'has',
  'role',
  'true',
  'false',
  '&&',
  '||',
  '!',
  '==',
  '!=',
  '(',
  ')',
  '{',
  '}',
  '[',
  ']',
  ';',
  ',',
  '"',
  '@id("queries")',
  '@escalate("x")',
  '?principal',
  'if',
  'then',
  'else',
  '"executive"',
  '"judicial"',
  'Agent',
  'Tenant',
  'Long',
  'String',
  'Bool',
  '//',
  '\n',
  '\r',
  '\u0000',
  '\ufeff',
  '9223372036854775807',
  '+ 1',
];

const cut = (chooser: Chooser, text: string): string => {
  const at = chooser.below(text.length + 1);
  return text.slice(0, at) + text.slice(at + chooser.below(40));
};

const insert = (chooser: Chooser, text: string): string => {
  const at = chooser.below(text.length + 1);
  return `${text.slice(0, at)} ${chooser.pick(words)} ${text.slice(at)}`;
};

const replaceWord = (chooser: Chooser, text: string): string => {
  const found = [...text.matchAll(/[\w"@]+/gu)];
  const match = found[chooser.below(Math.max(found.length, 1))];
  if (match === undefined) return text;
  return text.slice(0, match.index) + chooser.pick(words) + text.slice(match.index + match[0].length);
};

const repeatPart = (chooser: Chooser, text: string): string => {
  const at = chooser.below(text.length + 1);
  return text.slice(0, at) + text.slice(at, at + chooser.below(200)).repeat(2) + text.slice(at);
};

/** Breaks one file of a constitution in one way. */
export const mutate = (chooser: Chooser, texts: Texts): Texts => {
  const path = chooser.pick(Object.keys(texts));
  const change = chooser.pick([cut, insert, replaceWord, repeatPart]);
  return { ...texts, [path]: change(chooser, textOf(texts, path)) };
};

const stranger = ['elsewhere', '__proto__', 'constructor', '', 1, null, undefined, {}, ['queries']];

/** Nothing of it is an obligation. */
const noObligations: readonly unknown[] = [
  undefined,
  null,
  {},
  'remove',
  [null],
  [{ kind: 'remove' }],
  [{ kind: 'remove', path: '' }],
  [{ kind: 'remove', path: '/__proto__' }],
  [{ kind: 'tattle', path: '/card' }],
  [{ kind: 'remove', path: '/card', unless: 'friday' }],
];

/** Turns an engine's answer into another one: missing, of the wrong type, with more than belongs there, late or thrown. */
export const mutateAnswer = (chooser: Chooser, answer: unknown): unknown => {
  const right = answer as { decision: string; policies: string[]; errors: string[] };
  const forged: readonly (() => unknown)[] = [
    () => ({ ...right, decision: 'allow', policies: [] }),
    () => ({ ...right, decision: 'allow', policies: [...right.policies, chooser.pick(stranger)] }),
    () => ({ ...right, decision: 'allow', policies: ['tenant-boundary'] }),
    () => ({ ...right, decision: 'allow', errors: ['an error'] }),
    () => ({ ...right, decision: chooser.pick(['ALLOW', 'permit', true, 1, ['allow'], new String('allow')]) }),
    () => ({ decision: 'allow', policies: ['queries'] }),
    () => ({ decision: 'allow', policies: ['queries'], errors: [], advice: [] }),
    () => ({ decision: 'allow', policies: ['queries'], errors: [], obligations: chooser.pick(noObligations) }),
    () => ({ decision: 'allow', policies: ['queries'], errors: [], obligations: [chooser.pick(stranger)] }),
    () => Object.create({ decision: 'allow', policies: ['queries'], errors: [] }) as unknown,
    () => ({ decision: 'allow', policies: 'queries', errors: [] }),
    () => ({ decision: 'allow', policies: { length: 1, 0: 'queries' }, errors: [] }),
    () => chooser.pick([undefined, null, true, 'allow', 1, [], {}, () => 'allow', Symbol('allow')]),
    () => Promise.resolve(true),
    () => rejection(chooser.pick<unknown>([new Error('down'), undefined, ''])),
    () => thenable({ value: () => raise(new Error('then')) }),
    () => Promise.withResolvers().promise,
    () =>
      new Proxy(right, {
        getOwnPropertyDescriptor: () => {
          throw new Error('trap');
        },
      }),
    () => raise(chooser.pick<unknown>([new Error('guard'), undefined, 'text'])),
  ];
  return chooser.pick(forged)();
};
