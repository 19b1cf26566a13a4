import {
  type Agent,
  encodeEnvelope,
  type Message,
  messageTypes,
  priorities,
  type ScreenReading,
} from '@charterbus/core-models';
import { expect, it } from 'vitest';
import {
  type Constitution,
  type JudgementRequest,
  loadConstitution,
  readConstitutionDirectory,
  type Starter,
  type StarterLanguage,
  starterDirectory,
  starters,
} from '../../src/index.js';
import { type Chooser, chooserOf } from '../../src/testing/index.js';
import { never } from '../support/requests.js';

const load = async (name: Starter, language: StarterLanguage): Promise<Constitution> =>
  loadConstitution(await readConstitutionDirectory(starterDirectory(name, language)), {
    clock: { now: () => Date.parse('2026-03-04T15:30:00Z'), monotonic: () => 0 },
  });

const roles = ['guest', 'analyst', 'operator', 'executive', 'legislative', 'judicial', undefined];
const capabilities = ['command', 'announce', 'delegate', 'work'];

const randomAgent = (chooser: Chooser): Agent => {
  const role = chooser.pick(roles);
  return {
    tenant: chooser.pick(['acme', 'acme', 'acme', 'partner', 'rival']),
    id: chooser.pick(['support', 'desk', 'clerk']),
    capabilities: capabilities.filter(() => chooser.once(2)),
    registeredAt: '2026-01-01T00:00:00.000Z',
    revision: '1',
    ...(role === undefined ? {} : { role }),
  };
};

const callOf = (chooser: Chooser, tool: string): Message['content'] =>
  tool === 'pay'
    ? { tool, arguments: { cents: chooser.pick([-5, 0, 1, 10_000, 10_001, 30_000, 1_000_001]) } }
    : {
        tool,
        arguments: {
          to: chooser.pick(['boss@acme.example', 'x@else.example', 'acme.example']),
          text: chooser.pick(['hello', 'a PRIVATE KEY']),
          customer: chooser.once(2) ? { iban: 'DE02120300' } : { born: '1815-12-10' },
        },
      };

const toolOf: Readonly<Partial<Record<Starter, string>>> = { amounts: 'pay', egress: 'mail' };

interface Parties {
  readonly sender: Agent;
  readonly recipient: Agent;
  /** Where it goes, where that is not one recipient. */
  readonly several?: { readonly everyone: true } | { readonly topic: string };
}

const randomParties = (chooser: Chooser, tool: string | undefined): Parties => {
  const [sender, other] = [randomAgent(chooser), randomAgent(chooser)];
  if (tool !== undefined) return { sender, recipient: { ...other, id: `tool:${tool}` } };
  if (chooser.once(4))
    return { sender, recipient: { ...other, tenant: sender.tenant, id: 'listener' }, several: { everyone: true } };
  if (chooser.once(4)) return { sender, recipient: { ...other, id: 'listener' }, several: { topic: 'orders.created' } };
  // One id is one agent.
  const same = other.id === sender.id && other.tenant === sender.tenant;
  return { sender, recipient: same ? sender : other };
};

/** A message of anybody to anybody, at either point; where the starter has a tool often a call of it. */
const randomRequest = (chooser: Chooser, starter: Starter): Omit<JudgementRequest, 'facts'> => {
  const tool = chooser.once(2) ? toolOf[starter] : undefined;
  const { sender, recipient, several } = randomParties(chooser, tool);
  const point = chooser.pick(['send', 'receive'] as const);
  const { tenant } = recipient;
  const message: Message = {
    id: '01900000-0000-7000-8000-000000000000',
    tenant: sender.tenant,
    from: sender.id,
    to: several === undefined ? { tenant, agent: recipient.id } : { tenant, ...several },
    type: chooser.pick(messageTypes),
    priority: chooser.pick(priorities),
    conversationId: 'c',
    createdAt: '2026-01-01T00:00:00.000Z',
    content: tool === undefined ? { text: 'x'.repeat(chooser.pick([1, 5_000])) } : callOf(chooser, tool),
  };
  const { digest: messageDigest, contentBytes } = encodeEnvelope(message);
  const named = several !== undefined && point === 'send' ? {} : { recipient };
  const answered = chooser.once(2)
    ? { answered: { type: chooser.pick(messageTypes), sender: randomAgent(chooser) } }
    : {};
  return { point, sender, ...named, tenant, message, messageDigest, contentBytes, ...answered };
};

const nothingSaid = { read: () => ({ values: [], overflowed: false }) };

const randomReading = (chooser: Chooser): ScreenReading => ({
  score: chooser.below(101),
  categories: chooser.once(2) ? ['exfiltration'] : [],
});

const judge = async (
  constitution: Constitution,
  request: Omit<JudgementRequest, 'facts'>,
  readings: Readonly<Record<string, ScreenReading>>,
) => {
  const screens = (name: string) => readings[name];
  const facts = await constitution.gatherFacts({ ...request, conversation: nothingSaid, screens }, never);
  const { effect, cause, reasons, policies, escalations, obligations } = await constitution.judge(
    { ...request, facts },
    never,
  );
  return {
    effect,
    cause,
    reasons,
    policies,
    asked: escalations.map(({ policy, name }) => ({ policy, name })),
    obligations,
  };
};

it.each(Object.keys(starters) as Starter[])('%s means the same in both languages, whatever is sent', async (name) => {
  await using cedar = await load(name, 'cedar');
  await using rego = await load(name, 'rego');
  const effects = new Map<string, number>();
  for (let seed = 1; seed <= 400; seed++) {
    const chooser = chooserOf(seed);
    const request = randomRequest(chooser, name);
    const readings = { 'prompt-injection': randomReading(chooser), secrets: randomReading(chooser) };
    const [one, other] = [await judge(cedar, request, readings), await judge(rego, request, readings)];
    expect({ seed, verdict: other }).toEqual({ seed, verdict: one });
    expect(one.cause).not.toBe('error');
    effects.set(one.effect, (effects.get(one.effect) ?? 0) + 1);
  }
  expect(effects.get('allow')).toBeGreaterThan(20);
  expect(effects.get('deny')).toBeGreaterThan(20);
});
