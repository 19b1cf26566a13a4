import type { Agent, Envelope, Verdict } from '@charterbus/core-models';
import type { Constitution } from '@charterbus/policy-client';
import type { ShapedDraft } from '@charterbus/validators';
import type { Eventual } from '../eventual.js';
import type { DedupeClaim } from './dedupe.js';
import { notCharged, type QuotaCharge } from './quota.js';
import type { Speaker } from './speaker.js';

/** A message under one constitution: its bytes, which state the hash, and what the validators say of it. */
export interface Entered {
  readonly under: Constitution;
  readonly envelope: Envelope;
  /** The moment of its `createdAt`, in milliseconds since the epoch. */
  readonly at: number;
  /** The denial by a validator; asked once for each constitution, and nothing before. */
  screened: { readonly denial: Eventual<Verdict | undefined> } | undefined;
}

/** One message on its way from a send to its commit: who sends it, and what the steps so far have made of it. */
export class Passage {
  /** Good under the limits of `draftedUnder`. */
  readonly draft: ShapedDraft;
  readonly draftedUnder: Constitution;
  readonly speaker: Speaker;
  /** As it is in the round that is under way. */
  sender: Agent;
  /** Its own, whatever constitution it is entered under. */
  readonly id: string;
  readonly dedupe: DedupeClaim | undefined;
  readonly signal: AbortSignal;
  entered: Entered | undefined = undefined;
  /** What quotas said of it, whatever constitution it is entered under: it is charged once. */
  quota: QuotaCharge = notCharged;

  constructor(
    { draft, under }: { readonly draft: ShapedDraft; readonly under: Constitution },
    speaker: Speaker,
    id: string,
    dedupe: DedupeClaim | undefined,
    signal: AbortSignal,
  ) {
    this.draft = draft;
    this.draftedUnder = under;
    this.speaker = speaker;
    this.sender = speaker.agent;
    this.id = id;
    this.dedupe = dedupe;
    this.signal = signal;
  }

  /** Deny all recipients when one is denied. */
  get atomic(): boolean {
    return this.draft.atomic ?? false;
  }
}
