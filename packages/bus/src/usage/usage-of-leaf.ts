import { type MessageType, type MessageUsage, measuredUsage } from '@charterbus/core-models';
import type { UsageOutcome, UsageRecord } from '@charterbus/metering';
import {
  admissionOperations,
  type EnterpriseTenants,
  otherOperations,
  outcomeOfEvent,
  settlementOperations,
  tierOf,
  type VerdictTrait,
} from './operations.js';

/** Of a verdict in a leaf, what usage is derived from; see `broker/leaf.ts`. */
interface LeafVerdict {
  readonly action?: string;
  readonly cause: VerdictTrait['cause'];
  readonly effect: string;
  readonly facts?: string;
}

/** A leaf, read. It is ours, and its bytes were committed: nobody else has written it. */
type ReadLeaf =
  | {
      readonly kind: 'admission';
      readonly at: string;
      readonly tenant: string;
      readonly from: string;
      readonly type: MessageType;
      readonly effect: 'allow' | 'escalate' | 'deny';
      readonly recipients: { readonly held: number };
      readonly usage?: MessageUsage;
      readonly verdicts: readonly LeafVerdict[];
    }
  | {
      readonly kind: 'settlement';
      readonly at: string;
      readonly tenant: string;
      readonly recipient: string;
      readonly event: string;
      readonly reason?: string;
      readonly verdict: LeafVerdict;
    }
  | { readonly kind: string; readonly at: string; readonly tenant?: string };

/** All of a record but its place: what leaves of one form have in common, apart from the moment. */
export type UsageTemplate = Omit<UsageRecord, 'index' | 'at'>;

const traitOf = ({ cause, facts }: LeafVerdict): VerdictTrait => ({
  cause,
  facts: facts !== undefined || cause === 'facts',
});

const isTool = (action: string | undefined): action is string =>
  action !== undefined && action !== 'send' && action !== 'receive';

const ofAdmission = (
  leaf: Extract<ReadLeaf, { readonly kind: 'admission' }>,
  enterprise: EnterpriseTenants,
): UsageTemplate => {
  const { tenant, from, type, effect, recipients, usage, verdicts } = leaf;
  const traits = verdicts.map(traitOf);
  const tool = verdicts.find(({ action }) => isTool(action))?.action;
  const facts = traits.some((trait) => trait.facts);
  return {
    tenant,
    agent: from,
    type,
    ...(tool === undefined ? {} : { tool }),
    tier: tierOf(tenant, { held: recipients.held > 0, facts }, enterprise),
    outcome: effect as UsageOutcome,
    operations: admissionOperations(traits, { held: recipients.held, leaf: true }),
    ...(usage === undefined ? {} : measuredUsage(usage)),
  };
};

const ofSettlement = (
  leaf: Extract<ReadLeaf, { readonly kind: 'settlement' }>,
  enterprise: EnterpriseTenants,
): UsageTemplate => {
  const { tenant, recipient, event, reason, verdict } = leaf;
  const trait = { ...traitOf(verdict), effect: verdict.effect };
  const outcome = outcomeOfEvent(event);
  return {
    tenant,
    agent: recipient,
    tier: tierOf(tenant, { held: outcome === 'decided' || outcome === 'escalate', facts: trait.facts }, enterprise),
    outcome,
    operations: settlementOperations({ event, reason, verdict: trait, leaf: true }),
  };
};

const isAdmission = (leaf: ReadLeaf): leaf is Extract<ReadLeaf, { readonly kind: 'admission' }> =>
  leaf.kind === 'admission';
const isSettlement = (leaf: ReadLeaf): leaf is Extract<ReadLeaf, { readonly kind: 'settlement' }> =>
  leaf.kind === 'settlement';

/**
 * What a leaf of the audit log means for usage. Who pays for an admission is its sender; for what becomes of an entry, its
 * recipient; for what is of no message, the deployment itself, whose tenant and agent are empty.
 *
 * @throws SyntaxError where the text is no JSON.
 */
export const usageOfLeaf = (
  text: string,
  enterprise: EnterpriseTenants,
): { readonly at: number; readonly template: UsageTemplate } => {
  const leaf = JSON.parse(text) as ReadLeaf;
  const at = Date.parse(leaf.at);
  if (isAdmission(leaf)) return { at, template: ofAdmission(leaf, enterprise) };
  if (isSettlement(leaf)) return { at, template: ofSettlement(leaf, enterprise) };
  const { tenant = '' } = leaf;
  const template = { tenant, agent: '', tier: tierOf(tenant, { held: false, facts: false }, enterprise) } as const;
  return { at, template: { ...template, outcome: 'other', operations: otherOperations } };
};
