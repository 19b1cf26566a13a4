import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { type Agent, type Message, type MessageDraft, signMessage } from '@charterbus/core-models';
import { context, message, now } from '../support/sample.js';

/** A key from 32 bytes of one value, so that runs are the same. */
export const keyFrom = (byte: number): KeyObject =>
  createPrivateKey({
    // RFC 8410: the head of a PKCS #8 key of Ed25519.
    key: Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), Buffer.alloc(32, byte)]),
    format: 'der',
    type: 'pkcs8',
  });

const publicKeyOf = (key: KeyObject): string => createPublicKey(key).export({ format: 'jwk' }).x as string;

export const key = keyFrom(1);
export const signer: Agent = Object.freeze({ ...context.sender, publicKey: publicKeyOf(key) });
const nonce = 'abcdefghijklmnop';

export const draft: MessageDraft = {
  to: { agent: 'worker' },
  type: 'query',
  content: { question: 'how much?' },
  constitutionalHash: message.constitutionalHash as string,
};

/** The message that the bus makes of the draft, with a signature of the draft. */
export const signed = (
  options: { nonce?: string; now?: number; key?: KeyObject } = {},
  over: MessageDraft = draft,
): Message => {
  const { signature } = signMessage(over, {
    agent: signer,
    privateKey: options.key ?? key,
    now: options.now ?? now,
    nonce: options.nonce ?? nonce,
  });
  return Object.freeze({ ...message, signature });
};
