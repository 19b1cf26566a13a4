import { type Agent, encodeEnvelope, type Message } from '@charterbus/core-models';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Constitution, loadConstitution } from '../../src/index.js';
import { rulesConstitution } from '../../src/testing/index.js';
import { toFiles } from '../support/files.js';
import { never } from '../support/requests.js';

const manifest = (facts = '') =>
  `format: charterbus.constitution/1\nname: classes\nrevision: 1\nengine: cedar\nattestation: optional\ntests: optional\n${facts}`;

const load = (policies: string, facts = ''): Promise<Constitution> =>
  loadConstitution(toFiles({ 'manifest.yaml': manifest(facts), 'policies/own.cedar': policies }));

const agent = (id: string, more: Partial<Agent> = {}): Agent => ({
  tenant: 'acme',
  id,
  capabilities: [],
  registeredAt: '2026-01-01T00:00:00.000Z',
  revision: id,
  ...more,
});
const sender = agent('sender', { role: 'clerk' });

const message: Message = {
  id: '01900000-0000-7000-8000-000000000000',
  tenant: 'acme',
  from: 'sender',
  to: { tenant: 'acme', topic: 'orders.created' },
  type: 'event',
  priority: 'normal',
  createdAt: '2026-01-01T00:00:00.000Z',
  content: {},
};
const { digest: messageDigest } = encodeEnvelope(message);

const judge = async (constitution: Constitution, recipient: Agent) => {
  const asked = {
    point: 'receive',
    sender,
    recipient,
    tenant: 'acme',
    message,
    messageDigest,
    contentBytes: 2,
  } as const;
  const facts = await constitution.gatherFacts(asked, never);
  const { binds: _, at: __, ...said } = await constitution.judge({ ...asked, facts }, never);
  return { facts, said };
};

/** Every condition that tells recipients apart, and some that do not. */
const conditions = [
  'context has toTopic && context.toTopic like "orders.*"',
  'principal has role && principal.role == "judge"',
  'principal.id == "a"',
  'resource.id == "sender"',
  'principal.capabilities.contains("read")',
  'principal == Agent::"acme/a"',
  'principal in Agent::"acme/b"',
  '[Agent::"acme/a", Agent::"acme/c"].contains(principal)',
  'principal in Tenant::"acme"',
  'principal in resource',
  'principal == resource',
  'resource in principal',
  'principal is Agent in Agent::"acme/c"',
  '(if context.isReply then resource else principal).capabilities.contains("read")',
  '(if principal == Agent::"acme/b" then principal else resource).id == "b"',
  '{ who: principal }.who == Agent::"acme/a"',
  'principal.tenant == resource.tenant',
];
const scopes = [
  'principal',
  'principal == Agent::"acme/a"',
  'principal in Agent::"acme/b"',
  'principal in Tenant::"acme"',
];

const policiesOf = (written: readonly { effect: string; scope: string; condition: string }[]): string =>
  written
    .map(
      ({ effect, scope, condition }, number) =>
        `@id("p${number}") ${effect} (${scope}, action == Action::"receive", resource is Agent) when { ${condition} };`,
    )
    .join('\n');

const recipients = ['a', 'b', 'c', 'd', 'sender'].flatMap((id) =>
  id === 'sender'
    ? [sender]
    : ['judge', 'clerk', undefined].flatMap((role) =>
        [[], ['read']].map((capabilities) => agent(id, { capabilities, ...(role === undefined ? {} : { role }) })),
      ),
);

describe('recipients of one class', () => {
  it('get the verdict that each would get alone, whatever the policies look at', async () => {
    const policy = fc.record({
      effect: fc.constantFrom('permit', 'permit', 'forbid'),
      scope: fc.constantFrom(...scopes),
      condition: fc.constantFrom(...conditions),
    });
    let shared = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(policy, { minLength: 1, maxLength: 5 }), async (written) => {
        await using constitution = await load(policiesOf(written));
        const classes = constitution.recipientClasses(message, sender);
        const verdicts = new Map<string, unknown>();
        for (const recipient of recipients) {
          const { said } = await judge(constitution, recipient);
          const key = classes?.of(recipient) ?? '';
          if (verdicts.has(key)) shared += 1;
          else verdicts.set(key, said);
          expect(said).toEqual(verdicts.get(key));
        }
      }),
      { seed: 7, numRuns: 60 },
    );
    expect(shared).toBeGreaterThan(300);
  });

  it('are all, but the sender, where the policies look at nobody', async () => {
    await using constitution = await load('@id("all") permit (principal, action, resource);');
    const classes = constitution.recipientClasses(message, sender);
    expect(new Set(recipients.map((recipient) => classes?.of(recipient))).size).toBe(2);
  });

  it('are those of a role under the constitution that ships, however many there are', async () => {
    const { defaultConstitutionDirectory, readConstitutionDirectory } = await import('../../src/index.js');
    await using constitution = await loadConstitution(await readConstitutionDirectory(defaultConstitutionDirectory));
    const classes = constitution.recipientClasses(message, sender);
    const many = Array.from({ length: 10_000 }, (_, number) =>
      agent(`a${number}`, number % 2 === 0 ? {} : { role: 'judge' }),
    );
    expect(new Set(many.map((recipient) => classes?.of(recipient))).size).toBe(2);
  });

  it('differ by facts that depend on the recipient, and by no others', async () => {
    const facts =
      'facts:\n  receive:\n    mine: recipient.id == "a" || doubled\n    size: message.contentBytes\n  names:\n    doubled: recipient.id == "b"\n';
    await using own = await load(
      '@id("all") permit (principal, action, resource) when { context has mine && context.mine };',
      facts,
    );
    const classes = own.recipientClasses(message, sender);
    expect(classes?.gathersEach).toBe(true);
    const keys = await Promise.all(
      ['a', 'b', 'c', 'd'].map(async (id) => classes?.of(agent(id), (await judge(own, agent(id))).facts)),
    );
    expect([keys[0] === keys[1], keys[2] === keys[3], keys[0] === keys[2]]).toEqual([true, true, false]);
    await using other = await load(
      '@id("all") permit (principal, action == Action::"receive", resource) when { context.size > 0 };',
      facts,
    );
    expect(other.recipientClasses(message, sender)?.gathersEach).toBe(false);
  });

  it('are nobody but oneself for agents that host tools', async () => {
    const facts = 'facts:\n  tools:\n    pay: { arguments: { cents: int }, facts: { much: args.cents > 5 } }\n';
    await using constitution = await load('@id("all") permit (principal, action, resource);', facts);
    const classes = constitution.recipientClasses(message, sender);
    expect(classes?.of(agent('tool:pay'))).not.toBe(classes?.of(agent('a')));
  });

  it('are not known of an engine that cannot tell what it reads', () => {
    expect(rulesConstitution([{ id: 'all', effect: 'permit' }]).recipientClasses(message, sender)).toBeUndefined();
  });
});
