import { type Address, type Agent, encodeEnvelope, type Message } from '@charterbus/core-models';
import { expect, it } from 'vitest';
import { loadConstitution } from '../../src/index.js';
import { toFiles } from '../support/files.js';
import { never } from '../support/requests.js';

const agent = (id: string): Agent =>
  Object.freeze({
    tenant: 'acme',
    id,
    capabilities: Object.freeze([]) as readonly string[],
    registeredAt: '2026-01-01T00:00:00.000Z',
    revision: id,
  });
const [sender, recipient] = [agent('sender'), agent('recipient')];

const envelopeTo = (to: Address) => {
  const message: Message = Object.freeze({
    id: '01900000-0000-7000-8000-000000000000',
    tenant: 'acme',
    from: 'sender',
    to: Object.freeze(to),
    type: 'event',
    priority: 'normal',
    createdAt: '2026-01-01T00:00:00.000Z',
    content: 1,
  });
  return encodeEnvelope(message);
};
const toOne = envelopeTo({ tenant: 'acme', agent: 'recipient' });

const manifest =
  'format: charterbus.constitution/1\nname: kinds\nrevision: 1\nengine: cedar\nattestation: optional\ntests: optional\n';

it.each([
  ['everyone', 'context.toEveryone', { tenant: 'acme', everyone: true } as const],
  ['a topic', 'context has toTopic', { tenant: 'acme', topic: 'news' } as const],
  ['a capability', 'context has toCapability', { tenant: 'acme', capability: 'sum' } as const],
])('what was said of a message to %s is not said of one to one agent', async (_, condition, to) => {
  await using constitution = await loadConstitution(
    toFiles({
      'manifest.yaml': manifest,
      'policies/own.cedar': `@id("send") permit (principal, action in Action::"send", resource);
        @id("several") permit (principal, action == Action::"receive", resource) when { ${condition} };`,
    }),
  );
  const effectAt = async (point: 'send' | 'receive', envelope: typeof toOne) => {
    const { message, digest: messageDigest, contentBytes } = envelope;
    const asked = { point, sender, recipient, tenant: 'acme', message, messageDigest, contentBytes } as const;
    const facts = await constitution.gatherFacts(asked, never);
    return (await constitution.judge({ ...asked, facts }, never)).effect;
  };
  for (let count = 0; count < 5; count++) {
    expect(await effectAt('send', toOne)).toBe('allow');
    expect(await effectAt('receive', envelopeTo(to))).toBe('allow');
  }
  expect(constitution.recall({ sender, recipient, envelope: toOne }, 0)).toBeUndefined();
  expect(await effectAt('receive', toOne)).toBe('deny');
});
