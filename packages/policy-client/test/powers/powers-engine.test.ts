import { type MessageType, manifestSchema, messageTypes } from '@charterbus/core-models';
import { describe, expect, it } from 'vitest';
import type { AnsweredMessage, EngineSnapshot, PolicyTest, PowersManifest } from '../../src/index.js';
import { loadConstitution, powersEngine } from '../../src/index.js';
import { snapshotConstitution } from '../../src/testing/index.js';
import { toFiles } from '../support/files.js';
import { agent, never, request } from '../support/requests.js';

const declare = (more: object = {}): PowersManifest =>
  manifestSchema.parse({
    format: 'charterbus.constitution/1',
    name: 'powers',
    revision: 1,
    engine: { kind: 'separation-of-powers', ...more },
  }).engine as PowersManifest;

const snapshotOf = async (declaration = declare()): Promise<EngineSnapshot> => {
  const { snapshot } = await powersEngine(declaration).load(undefined as never, new Map(), never);
  if (snapshot === undefined) throw new Error('The engine did not load.');
  return snapshot;
};

const roles = ['executive', 'legislative', 'judicial', 'clerk', undefined] as const;
type Role = (typeof roles)[number];

/** The reference's own words, written out a second time. */
const mayDo: Readonly<Record<string, readonly string[]>> = {
  executive: ['propose', 'synthesize', 'query'],
  legislative: ['extract_rules', 'synthesize', 'query'],
  judicial: ['validate', 'audit', 'query'],
};
const countsAs = (type: MessageType): string => {
  if (type === 'command' || type.startsWith('governance_')) return 'propose';
  if (type === 'constitutional_validation') return 'validate';
  return type.startsWith('task_') ? 'synthesize' : 'query';
};

interface Author {
  readonly own: boolean;
  readonly role: Role;
}
const authors: readonly (Author | undefined)[] = [
  undefined,
  ...roles.flatMap((role) => [
    { own: true, role },
    { own: false, role },
  ]),
];

const expectedRule = (role: Role, type: MessageType, author: Author | undefined): string => {
  const act = countsAs(type);
  const powers = role === undefined ? undefined : mayDo[role];
  if (powers === undefined) return act === 'query' ? 'powers.query' : 'powers.role-not-assigned';
  if (!powers.includes(act)) return 'powers.role-violation';
  if (act !== 'validate') return `powers.${act}`;
  if (author === undefined) return 'powers.unknown-output';
  if (author.own) return 'powers.self-validation';
  return author.role === 'judicial' ? 'powers.cross-role-validation' : 'powers.validate';
};

const denials: ReadonlySet<string> = new Set([
  'powers.role-not-assigned',
  'powers.role-violation',
  'powers.unknown-output',
  'powers.self-validation',
  'powers.cross-role-validation',
]);

const answeredFor = (author: Author | undefined): { readonly answered?: AnsweredMessage } =>
  author === undefined
    ? {}
    : {
        answered: {
          type: 'command',
          sender: {
            tenant: 'acme',
            id: author.own ? 'speaker' : 'author',
            ...(author.role === undefined ? {} : { role: author.role }),
          },
        },
      };

describe('the separation of powers', () => {
  it('is as the reference has it, for every role, type and author', async () => {
    await using constitution = snapshotConstitution(await snapshotOf());
    let judged = 0;
    for (const role of roles) {
      for (const type of messageTypes) {
        for (const author of authors) {
          const sender = agent('acme', 'speaker', role);
          const verdict = await constitution.judge(request({ sender, type }, answeredFor(author)), never);
          const rule = expectedRule(role, type, author);
          expect({ role, type, author, effect: verdict.effect, reasons: verdict.reasons }).toEqual({
            role,
            type,
            author,
            effect: denials.has(rule) ? 'deny' : 'allow',
            reasons: [rule],
          });
          judged += 1;
        }
      }
    }
    expect(judged).toBe(5 * 11 * 11);
  });

  it('lets a recipient of the tenant have what was sent', async () => {
    await using constitution = snapshotConstitution(await snapshotOf());
    const verdict = await constitution.judge(request({ point: 'receive', type: 'command' }), never);
    expect([verdict.effect, verdict.reasons]).toEqual(['allow', ['powers.receive']]);
  });

  it.each(['send', 'receive'] as const)('ends at the tenant, at %s', async (point) => {
    await using constitution = snapshotConstitution(await snapshotOf());
    const asked = request({ point, sender: agent('acme', 'chief', 'executive'), recipient: agent('rival', 'worker') });
    const verdict = await constitution.judge(asked, never);
    expect([verdict.effect, verdict.reasons]).toEqual(['deny', ['powers.tenant-boundary']]);
  });

  it('takes roles by the names that the manifest gives them, and no others', async () => {
    await using constitution = snapshotConstitution(await snapshotOf(declare({ roles: { minister: 'executive' } })));
    const reasons = async (role: string) =>
      (await constitution.judge(request({ sender: agent('acme', 'a', role), type: 'command' }), never)).reasons;
    expect(await reasons('minister')).toEqual(['powers.propose']);
    expect(await reasons('executive')).toEqual(['powers.role-not-assigned']);
    expect(await reasons('constructor')).toEqual(['powers.role-not-assigned']);
  });

  it('takes a type for what the manifest says that it is', async () => {
    await using constitution = snapshotConstitution(await snapshotOf(declare({ acts: { event: 'audit' } })));
    const reasons = async (role: string) =>
      (await constitution.judge(request({ sender: agent('acme', 'a', role), type: 'event' }), never)).reasons;
    expect(await reasons('judicial')).toEqual(['powers.audit']);
    expect(await reasons('executive')).toEqual(['powers.role-violation']);
  });

  it('changes the digest of each rule with what is declared', async () => {
    const [one, other] = [await snapshotOf(), await snapshotOf(declare({ acts: { event: 'audit' } }))];
    expect(one.policies.map(({ id }) => id)).toEqual(other.policies.map(({ id }) => id));
    expect(one.policies.some(({ digest }, index) => digest === other.policies[index]?.digest)).toBe(false);
  });

  it('answers nothing once it is closed', async () => {
    const snapshot = await snapshotOf();
    await snapshot.close();
    expect(() => snapshot.evaluate({} as never, never)).toThrow(TypeError);
  });
});

describe('policy tests', () => {
  const manifest = `format: charterbus.constitution/1
name: powers
revision: 1
engine: separation-of-powers
`;
  const expectOf = (verdict: PolicyTest['expect']['verdict'], reason: string) =>
    `expect: { verdict: ${verdict}, reasons: [${reason}] }`;

  it('state whose message is answered', async () => {
    const tests = `defaults:
  sender: { tenant: acme, id: court, role: judicial }
  recipient: { tenant: acme, id: council }
tests:
  - name: a judge validates what another power made
    message: { type: constitutional_validation, answers: { type: command, sender: { tenant: acme, id: chief, role: executive } } }
    ${expectOf('allow', 'powers.validate, powers.receive')}
  - name: nobody validates its own
    message: { type: constitutional_validation, answers: { type: query, sender: { tenant: acme, id: court, role: judicial } } }
    ${expectOf('deny', 'powers.self-validation')}
  - name: nothing known
    message: { type: constitutional_validation, reply: true }
    ${expectOf('deny', 'powers.unknown-output')}
`;
    const files = toFiles({ 'manifest.yaml': manifest, 'tests/powers.yaml': tests });
    await using constitution = await loadConstitution(files, { engine: powersEngine(declare()) });
    expect(constitution.policies.size).toBe(13);
  });
});
