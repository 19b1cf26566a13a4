import { ContentScreens } from '@charterbus/bus';
import { type Agent, ManualClock, type Message } from '@charterbus/core-models';
import { loadConstitution } from '@charterbus/policy-client';
import { expect, test } from 'vitest';
import type { RecordedConversation } from '../../src/what-if/recorded-message.js';
import { whatIf } from '../../src/what-if/what-if.js';

const constitution = (most: number) =>
  loadConstitution([
    {
      path: 'manifest.yaml',
      bytes: Buffer.from(`format: charterbus.constitution/1
name: screened
revision: ${most}
engine: cedar
tests: optional
facts:
  screens: { injection: prompt-injection }
  send: { score: screens.injection.score }
`),
    },
    {
      path: 'policies/a.cedar',
      bytes: Buffer.from(`@id("all") permit (principal, action, resource);
@id("injected") forbid (principal, action == Action::"send", resource) when { context.score >= ${most} };
`),
    },
  ]);

const agent = (id: string): Agent => ({
  id,
  tenant: 'acme',
  capabilities: [],
  registeredAt: '2026-01-01T00:00:00.000Z',
  revision: '1',
});

const conversation = (...scores: readonly number[]): RecordedConversation =>
  scores.map((score, at) => ({
    place: { message: at },
    message: {
      id: `m${at}`,
      tenant: 'acme',
      from: 'planner',
      to: { tenant: 'acme', agent: 'worker' },
      type: 'query',
      priority: 'normal',
      createdAt: '2026-01-01T00:00:00.000Z',
      content: score,
    } satisfies Message,
    sender: agent('planner'),
    recipients: [agent('worker')],
  }));

test('recorded messages are screened as they would be now, once for both constitutions', async () => {
  const asked: unknown[] = [];
  const screen = {
    name: 'prompt-injection',
    validate: ({ content }: Message, { now }: { readonly now: number }) => {
      asked.push([content, now]);
      return [{ kind: 'note', text: '', score: Number(content), category: 'override' } as const];
    },
  };
  const clock = new ManualClock();
  const screens = new ContentScreens({ screens: [screen], clock, timers: clock });
  async function* conversations() {
    yield conversation(10, 70, 90);
  }
  await using before = await constitution(80);
  await using after = await constitution(60);
  const { signal } = new AbortController();
  const outcome = await whatIf(conversations(), [before, after], screens, signal);
  expect(outcome).toMatchObject({
    messages: 3,
    changed: 1,
    newlyAllowed: 0,
    groups: [
      {
        before: { effect: 'allow' },
        after: { effect: 'deny', reasons: ['injected'] },
        examples: [{ message: 1, facts: { after: { read: [{ name: 'score', value: 70 }] } } }],
      },
    ],
  });
  const recordedAt = Date.UTC(2026, 0, 1);
  expect(asked).toEqual([10, 70, 90].map((score) => [score, recordedAt]));
});
