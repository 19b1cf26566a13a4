import { generateKeyPairSync, verify } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CharterbusError,
  ManualClock,
  type Message,
  type MessageDraft,
  signedDigest,
  signMessage,
} from '@charterbus/core-models';
import { allowAllConstitution } from '@charterbus/policy-client/testing';
import { expect, onTestFinished, test } from 'vitest';
import type { JudgingContext } from '../../src/context.js';
import { type AgentHandle, type Bus, createBus } from '../../src/index.js';
import { sqliteBackend } from '../../src/sqlite.js';
import { validationContext } from '../../src/way/screen.js';
import { claimAll, refusal, startBus, toWorker } from '../support/fleet.js';

const signature = 'eyJhbGciOiJFZERTQSJ9..c2lnbmVk';
const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const key = publicKey.export({ format: 'jwk' }).x ?? '';

let nonces = 0;
const signed = (draft: MessageDraft, now: number, nonce = `nonce-nonce-nonce-${++nonces}`, id = 'planner') =>
  signMessage(draft, { agent: { id, tenant: 'acme' }, privateKey, now, nonce });

const codeOf = async (call: Promise<unknown>): Promise<string> => (await refusal(call)).code;

const startSigning = async (required = true) => {
  const manifest = required ? { signatures: { required: [{ types: ['command' as const] }] } } : {};
  const { bus, clock } = await startBus({ rules: [{ id: 'all', effect: 'permit' }], manifest });
  const { handle: planner } = await bus.register({ tenant: 'acme', id: 'planner', publicKey: key });
  const { handle: keyless } = await bus.register({ tenant: 'acme', id: 'worker' });
  const constitutionalHash = bus.constitution.shortHash;
  const order = (more: Partial<MessageDraft> = {}) => toWorker({ type: 'command', constitutionalHash, ...more });
  return { bus, clock, planner, keyless, order };
};

/** The id of what was sent: what is denied is kept as well. */
const send = async (handle: AgentHandle, signed: boolean): Promise<string> => {
  const [outcome] = await Promise.allSettled([handle.send(toWorker(signed ? { signature } : {}))]);
  if (outcome.status === 'fulfilled') return outcome.value.messageId;
  if (CharterbusError.isInstance(outcome.reason)) return String(outcome.reason.details['messageId']);
  throw outcome.reason;
};

const signatureOf = async (bus: Bus, messageId: string) => (await bus.operations.trace(messageId)).message.signature;

test('a signature is part of the message: in its trace, and after a restart', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'charterbus-signed-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  const open = () => createBus({ backend: sqliteBackend({ directory }), constitution: allowAllConstitution() });
  const first = await open();
  const { handle } = await first.register({ tenant: 'acme', id: 'planner' });
  await first.register({ tenant: 'acme', id: 'worker' });
  const [signed, plain] = [await send(handle, true), await send(handle, false)];
  expect([await signatureOf(first, signed), await signatureOf(first, plain)]).toEqual([signature, undefined]);
  const { digest } = await first.operations.trace(signed);
  await first.drain(0);
  const second = await open();
  onTestFinished(async () => void (await second.drain(0)));
  expect([await signatureOf(second, signed), await signatureOf(second, plain)]).toEqual([signature, undefined]);
  expect((await second.operations.trace(signed)).digest).toBe(digest);
});

test('validators are told whether the constitution demands a signature of this message', () => {
  const manifest = { signatures: { required: [{ types: ['command' as const], tenants: ['acme'] }] } };
  const constitution = allowAllConstitution({ manifest });
  const context = { clock: new ManualClock(), constitution, lease: {} } as unknown as JudgingContext;
  const demanded = (type: Message['type'], tenant: string) =>
    validationContext({ type, tenant } as Message, {} as never, context).signatures;
  expect(demanded('command', 'acme')).toEqual({ required: true });
  expect(demanded('command', 'rival')).toBeUndefined();
  expect(demanded('query', 'acme')).toBeUndefined();
});

test('where the constitution demands it, only what its sender has signed is let in, and the audit can show who signed what', async () => {
  const { bus, clock, planner, keyless, order } = await startSigning();
  expect(await codeOf(planner.send(order()))).toBe('SIGNATURE_REQUIRED');
  expect(await codeOf(keyless.send({ ...order(), to: { agent: 'planner' } }))).toBe('SIGNATURE_REQUIRED');
  const draft = order({ priority: 'high', conversationId: 'c', headers: { a: 'b' }, expiresAt: clock.now() + 60_000 });
  const { messageId } = await planner.send(signed(draft, clock.now()));
  const { message } = await bus.operations.trace(messageId);
  const [header = '', proof = ''] = (message.signature ?? '').split('..');
  const input = `${header}.${Buffer.from(signedDigest(message)).toString('base64url')}`;
  expect(verify(null, Buffer.from(input), publicKey, Buffer.from(proof, 'base64url'))).toBe(true);
  expect(await claimAll(keyless)).toHaveLength(1);
  expect((await planner.send(toWorker())).status).toBe('accepted');
});

test('a signature over anything else, by another, or made too early or too late is none', async () => {
  const { clock, planner, keyless, order } = await startSigning();
  const good = signed(order({ content: { pay: 1 } }), clock.now());
  const changes: readonly Partial<MessageDraft>[] = [
    { content: { pay: 1000 } },
    { to: { agent: 'planner' } },
    { type: 'query' },
    { priority: 'critical' },
    { orderingKey: 'k' },
    { headers: { x: 'y' } },
    { conversationId: 'another' },
  ];
  for (const change of changes) expect(await codeOf(planner.send({ ...good, ...change }))).toBe('SIGNATURE_INVALID');
  expect(await codeOf(keyless.send(good))).toBe('SIGNATURE_INVALID');
  expect(await codeOf(planner.send(signed(order(), clock.now(), undefined, 'worker')))).toBe('SIGNATURE_INVALID');
  expect(await codeOf(planner.send(signed(order(), clock.now() + 60_000)))).toBe('SIGNATURE_INVALID');
  const late = signed(order(), clock.now());
  clock.advance(600_000);
  expect(await codeOf(planner.send(late))).toBe('SIGNATURE_REPLAYED');
});

test('a signature is good for one message, whoever repeats it, and a repeated send under its dedupe key is no replay', async () => {
  const { clock, planner, keyless, order } = await startSigning();
  const draft = signed(order({ dedupeKey: 'once' }), clock.now());
  const first = await planner.send(draft);
  expect(await planner.send(draft)).toMatchObject({ messageId: first.messageId, duplicate: true });
  const { dedupeKey: _, ...again } = draft;
  expect(await codeOf(planner.send(again))).toBe('SIGNATURE_REPLAYED');
  expect(await claimAll(keyless)).toHaveLength(1);
});

test('what cannot be verified takes no nonce from its owner', async () => {
  const { clock, planner, order } = await startSigning(false);
  const draft = signed(order({ content: 'real' }), clock.now());
  expect(await codeOf(planner.send({ ...draft, content: 'forged' }))).toBe('SIGNATURE_INVALID');
  expect((await planner.send(draft)).status).toBe('accepted');
});
