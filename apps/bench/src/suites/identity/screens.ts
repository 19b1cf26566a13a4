import { type Agent, type JsonValue, type Message, systemClock, systemTimers } from '@charterbus/core-models';
import { createScreen, defaultValidators, structuralValidators, type Validator } from '@charterbus/validators';
import { synchronous } from '../../measure/batch.js';
import type { Row } from '../../suite.js';
import { insist } from '../insist.js';

const at = new Date().toISOString();
const sender: Agent = { id: 'boss', tenant: 'acme', capabilities: [], registeredAt: at, revision: '1' };
const attestation = Object.freeze({ shortHash: 'cdd01ef066bc6cf2', required: true });

/** Ordinary sentences, about 1 KiB of JSON, each time another one first. */
const sentences = [
  'The shipment for order 4711 left the warehouse in Rotterdam this morning and should arrive on Thursday.',
  'Please check the invoice against the delivery note before you approve it, and tell the customer.',
  'Our last call ended before we came to the second item, so let us begin with that one tomorrow.',
  'The report that you asked for is attached; its figures are those of the third quarter.',
  'If the part is out of stock, offer the newer model at the same price, as agreed in May.',
  'Thank you for the quick answer. I have passed it on to accounting and to the team in Lyon.',
];

const contentOf = (n: number): JsonValue => ({
  subject: `About order ${n}`,
  lines: sentences.map((_, place) => sentences[(place + n) % sentences.length] ?? ''),
  note: (sentences[n % sentences.length] ?? '').repeat(3),
});

const messageOf = (content: JsonValue): Message => ({
  id: '019b76da-a800-7000-8000-000000000000',
  tenant: 'acme',
  from: 'boss',
  to: { tenant: 'acme', agent: 'worker' },
  type: 'query',
  priority: 'normal',
  createdAt: at,
  constitutionalHash: attestation.shortHash,
  content,
});

const row = (name: string, profile: string, validators: () => readonly Validator[]): Row => ({
  name,
  kind: 'ours',
  profile,
  open: async () => {
    const screen = createScreen({ validators: validators(), timers: systemTimers });
    const messages = Array.from({ length: 64 }, (_, n) => messageOf(contentOf(n)));
    const idle = new AbortController().signal;
    const ask = (n: number) =>
      screen(messages[n % messages.length] as Message, { now: Date.now(), sender, attestation }, idle);
    const outcome = ask(0);
    insist(!(outcome instanceof Promise) && outcome.rejection === undefined, 'An ordinary message does not pass.');
    return { batch: synchronous(ask), close: async () => undefined };
  },
});

export const structuralScreen = (name: string): Row =>
  row(name, 'tenant, attestation, expiry, clock skew, signature, replay; 1 KiB', () =>
    structuralValidators({ clock: systemClock }),
  );

export const allScreens = (name: string): Row =>
  row(name, 'all default validators: the structural ones, secrets, personal data, prompt injection; 1 KiB', () =>
    defaultValidators({ clock: systemClock }),
  );

export const bareStringify = (name: string): Row => ({
  name,
  kind: 'limit',
  profile: 'JSON.stringify of the same content',
  leavesOut: 'everything: it only passes over the letters once',
  open: async () => {
    const contents = Array.from({ length: 64 }, (_, n) => contentOf(n));
    return {
      batch: synchronous((n) => JSON.stringify(contents[n % contents.length])),
      close: async () => undefined,
    };
  },
});
