import type { Digest } from '../digest.js';
import type { Envelope } from '../message/envelope.js';
import type { Binding } from './verdict.js';

/** The recipient of a verdict, as it is bound. */
export interface BoundRecipient {
  /** `tenant/agent`. */
  readonly key: string;
  readonly revision: string;
}

/**
 * Binds a message at hand itself: it is frozen, so that its digest is the same whether it is made at once or when somebody
 * asks for it. In JSON it is a binding like any other; a copy of its own fields alone (`{ ...binds }`, `structuredClone`) lacks
 * the digest.
 */
export class EnvelopeBinding implements Binding {
  readonly recipient: string;
  readonly recipientRevision: string;
  readonly constitutionDigest: Digest;
  readonly dataVersion: string;
  readonly #envelope: Pick<Envelope, 'digest'>;

  constructor(
    envelope: Pick<Envelope, 'digest'>,
    { key, revision }: BoundRecipient,
    { hash, dataVersion }: { readonly hash: Digest; readonly dataVersion: string },
  ) {
    this.#envelope = envelope;
    this.recipient = key;
    this.recipientRevision = revision;
    this.constitutionDigest = hash;
    this.dataVersion = dataVersion;
  }

  get messageDigest(): Digest {
    return this.#envelope.digest;
  }

  /** Whether it is about this very object, which needs no digest. */
  static isAbout(binding: Binding, envelope: Envelope): boolean {
    return #envelope in binding && binding.#envelope === envelope;
  }

  toJSON(): Binding {
    const { messageDigest, recipient, recipientRevision, constitutionDigest, dataVersion } = this;
    return { messageDigest, recipient, recipientRevision, constitutionDigest, dataVersion };
  }
}

/** Whether a verdict that binds so is about exactly these bytes. */
export const bindsMessage = (binding: Binding, envelope: Envelope): boolean =>
  EnvelopeBinding.isAbout(binding, envelope) || binding.messageDigest === envelope.digest;
