import type { Digest } from '../digest.js';
import type { ErrorCode } from '../errors/catalogue.js';
import type { JsonValue } from '../json/json-value.js';
import type { DeliveryObligation } from './obligation.js';

/** The two points of judgement: at admission, and when a concrete recipient is known. */
export type JudgementPoint = 'send' | 'receive';

/** Deny beats escalate beats allow. */
export const effects = ['allow', 'escalate', 'deny'] as const;
export type Effect = (typeof effects)[number];

/** Why the engine's answer became this effect. Only `policy` can be an `allow` or an `escalate`. */
export type Cause =
  /** A named policy decided. */
  | 'policy'
  /** No policy permits. */
  | 'default'
  /** The engine reported an error, or answered in a way that no correct engine does. */
  | 'error'
  | 'timeout'
  /** A fact that the policies require was absent or not what it should be, so they were not asked. */
  | 'facts'
  /** A screen, the attestation or the expiry decided before the policies were asked. */
  | 'screen'
  /** There is nobody at the address. */
  | 'routing'
  /** The kill switch was on. */
  | 'halt'
  /** A quota of the constitution was used up, or could not be looked up. */
  | 'quota'
  /** A hold ended without a release. */
  | 'hold';

/** A permit that asks for a decision by people or other agents before the message may pass. */
export interface Escalation {
  /** The id of the escalating policy. */
  readonly policy: string;
  /** SHA-256 of the policy's source: an approval of a rule ends when the rule changes. */
  readonly policyDigest: Digest;
  /** The name of the approval that the policy asks for. */
  readonly name: string;
}

/** What a verdict is about. If any of these has changed at the grant of a lease, `receive` is judged again. */
export interface Binding {
  /**
   * SHA-256 of the exact stored bytes. In what a recipient is shown, that of the bytes which it got: the other one would
   * tell whether a guess at what was removed is right.
   */
  readonly messageDigest: Digest;
  /** SHA-256 of the bytes that the recipient gets; at `receive`, where there are obligations. */
  readonly deliveredDigest?: Digest;
  /** `tenant/agent` of the recipient; absent at `send` to several. */
  readonly recipient?: string;
  /** The recipient's `revision` that the policies saw. */
  readonly recipientRevision?: string;
  /**
   * In the place of one recipient, at `receive`: all of the message's recipients whom the policies cannot tell apart. SHA-256
   * over what they can read of them; who they are, and which revision of each, stands beside the deliveries.
   */
  readonly recipientClass?: Digest;
  /** The full constitutional hash. */
  readonly constitutionDigest: Digest;
  readonly dataVersion: string;
}

/** Where a policy stands in its constitution. */
export interface PolicySource {
  readonly policy: string;
  readonly file: string;
  /** From 1. */
  readonly line: number;
}

/** A fact that a determining policy read. */
export type FactRecord =
  | {
      readonly name: string;
      /** Timestamps in RFC 3339, durations in seconds with an `s`, sets as sorted lists. */
      readonly value: JsonValue;
    }
  | { readonly name: string; readonly redacted: true };

/** What a verdict knew besides the message. */
export interface FactsRecord {
  /** The action that the policies were asked about: `send`, `receive` or the name of a tool. */
  readonly action: string;
  /**
   * SHA-256 over the canonical JSON (RFC 8785) of all facts that the policies got, redacted ones included. Only for those
   * who may see the values: where there are few that a fact can have, they can be found by trying them.
   */
  readonly digest?: Digest;
  /** What the determining policies read; of a denial for want of facts, nothing. */
  readonly read: readonly FactRecord[];
  /** The facts that were wanting, for cause `facts`. */
  readonly wanting?: readonly string[];
  /** The version (SHA-256 of the bytes) of each external data slot that was read. */
  readonly slots?: Readonly<Record<string, Digest>>;
}

export interface Verdict {
  readonly point: JudgementPoint;
  readonly effect: Effect;
  readonly cause: Cause;
  /** The stable code of a denial; absent on `allow` and `escalate`. */
  readonly code?: ErrorCode;
  /** Why, for people and programs: ids of policies where policies decided, else codes. Never empty on `deny`. */
  readonly reasons: readonly string[];
  /** Ids of the determining policies, sorted. */
  readonly policies: readonly string[];
  /** What must be approved; empty unless the effect is `escalate`. */
  readonly escalations: readonly Escalation[];
  /** Ids of the policies whose escalation an approval already covered. */
  readonly approved: readonly string[];
  /**
   * What an `allow` or `escalate` asks of the bus at delivery, merged and sorted by kind (remove, replace, mask, annotate)
   * and then by path or header; absent where nothing. At `receive` with those of the verdict at `send`.
   */
  readonly obligations?: readonly DeliveryObligation[];
  /** At `receive`: what the verdict at `send` asked for, which holds also where `receive` alone is judged again. */
  readonly obligationsAtSend?: readonly DeliveryObligation[];
  /** The variant of the constitution that judged; absent where none was chosen. */
  readonly variant?: string;
  /** Where the determining policies stand; on denials, escalations, and wherever facts were read. */
  readonly sources?: readonly PolicySource[];
  /** Present where facts were gathered, or wanting. */
  readonly facts?: FactsRecord;
  readonly binds: Binding;
  /** RFC 3339. */
  readonly at: string;
}
