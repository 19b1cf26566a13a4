/**
 * What the validators cost: a plain message of 1 KiB through all default validators and through the structural ones alone, one
 * signed message, and 256 KiB of what costs the most. Prints the median and the 99th percentile in microseconds.
 * `BENCH_ROUNDS` multiplies the rounds.
 */
import { generateKeyPairSync } from 'node:crypto';
import {
  type Agent,
  type JsonValue,
  type Message,
  signMessage,
  systemClock,
  systemTimers,
} from '@charterbus/core-models';
import {
  createScreen,
  defaultValidators,
  type Screen,
  structuralValidators,
  type ValidationContext,
  type Validator,
} from '../src/index.js';
import { adversarialContents, plainContent } from './samples.js';

const scale = Number(process.env['BENCH_ROUNDS'] ?? 1);
const now = Date.now();
const at = new Date(now).toISOString();
const keys = generateKeyPairSync('ed25519');
const publicKey = keys.publicKey.export({ format: 'jwk' }).x as string;
const sender: Agent = Object.freeze({
  id: 'boss',
  tenant: 'acme',
  capabilities: [],
  publicKey,
  registeredAt: at,
  revision: '1',
});
const context: ValidationContext = {
  now,
  sender,
  attestation: Object.freeze({ shortHash: 'cdd01ef066bc6cf2', required: true }),
};

const messageOf = (content: JsonValue): Message => ({
  id: '019b76da-a800-7000-8000-000000000000',
  tenant: 'acme',
  from: 'boss',
  to: { tenant: 'acme', agent: 'worker' },
  type: 'query',
  priority: 'normal',
  constitutionalHash: 'cdd01ef066bc6cf2',
  createdAt: at,
  expiresAt: new Date(now + 60_000).toISOString(),
  content,
});

const signal = new AbortController().signal;
const measure = (name: string, rounds: number, run: () => unknown): void => {
  const times: number[] = [];
  for (let round = 0; round < rounds * scale; round++) {
    const start = performance.now();
    run();
    times.push(1000 * (performance.now() - start));
  }
  const sorted = times.slice(Math.floor(times.length / 5)).toSorted((one, other) => one - other);
  const quantile = (share: number): string => (sorted[Math.floor(share * (sorted.length - 1))] as number).toFixed(1);
  console.log(`${name.padEnd(44)} p50 ${quantile(0.5).padStart(9)} µs   p99 ${quantile(0.99).padStart(9)} µs`);
};

const options = { clock: systemClock };
const screenOf = (validators: readonly Validator[]): Screen => createScreen({ validators, timers: systemTimers });
const all = screenOf(defaultValidators(options));
const structural = screenOf(structuralValidators(options));
const plain = messageOf(plainContent);

measure(`structural, ${JSON.stringify(plainContent).length} bytes`, 200_000, () => structural(plain, context, signal));
measure('all default validators', 40_000, () => all(plain, context, signal));
for (const validator of defaultValidators(options)) {
  measure(`  ${validator.name}`, 20_000, () => validator.validate(plain, context, signal));
}
const draft = { to: { agent: 'worker' }, type: 'query', content: plainContent } as const;
const { signature } = signMessage(draft, { agent: sender, privateKey: keys.privateKey, now, nonce: 'n'.repeat(22) });
const { expiresAt: _expiresAt, constitutionalHash: _hash, ...unsigned } = plain;
const signed = { ...unsigned, signature };
const verifying = structuralValidators(options).find(({ name }) => name === 'signature') as Validator;
if ((verifying.validate(signed, context, signal) as readonly unknown[]).length > 0) throw new Error('It must verify.');
measure('  signature of a signed message', 3000, () => verifying.validate(signed, context, signal));
for (const [name, content] of Object.entries(adversarialContents)) {
  const message = messageOf(content as JsonValue);
  measure(`256 KiB: ${name}`, 12, () => all(message, context, signal));
}
