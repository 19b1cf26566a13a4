import {
  bindsMessage,
  type DeliveryObligation,
  type Digest,
  type Envelope,
  type Verdict,
} from '@charterbus/core-models';
import { applyObligations, mergeObligations } from '@charterbus/policy-client';

/** The message as its recipient gets it under a verdict: that which was sent, unless there are obligations. */
export const deliveredEnvelope = (envelope: Envelope, { obligations }: Verdict): Envelope =>
  obligations === undefined ? envelope : applyObligations(envelope, obligations);

/** Whether the bytes that would be given are those that the verdict binds. */
export const bindsDelivered = ({ binds }: Verdict, delivered: Envelope): boolean =>
  binds.deliveredDigest === undefined ? bindsMessage(binds, delivered) : delivered.digest === binds.deliveredDigest;

/** Binds verdicts on one message to what each recipient gets of it. Versions that are alike are made once. */
export class DeliveredDigests {
  readonly #envelope: Envelope;
  readonly #atSend: readonly DeliveryObligation[] | undefined;
  /** By the JSON text of the obligations; made when there are any. */
  #digests: Map<string, Digest> | undefined;

  constructor(envelope: Envelope, atSend: readonly DeliveryObligation[] | undefined) {
    this.#envelope = envelope;
    this.#atSend = atSend;
  }

  /** A verdict at `receive` with what was asked for at both points, and the digest of what comes of it. */
  bind(receive: Verdict): Verdict {
    if (receive.effect === 'deny' || (receive.obligations ?? this.#atSend) === undefined) return receive;
    const obligations = mergeObligations([...(this.#atSend ?? []), ...(receive.obligations ?? [])]);
    return {
      ...receive,
      obligations,
      ...(this.#atSend === undefined ? {} : { obligationsAtSend: this.#atSend }),
      binds: {
        ...receive.binds,
        messageDigest: receive.binds.messageDigest,
        deliveredDigest: this.#digestUnder(obligations),
      },
    };
  }

  #digestUnder(obligations: readonly DeliveryObligation[]): Digest {
    const key = JSON.stringify(obligations);
    this.#digests ??= new Map();
    const known = this.#digests.get(key);
    if (known !== undefined) return known;
    const { digest } = applyObligations(this.#envelope, obligations);
    this.#digests.set(key, digest);
    return digest;
  }
}
