import type { Agent } from '@charterbus/core-models';
import type { RecipientReads } from '../engine/policy-engine.js';
import type { GatheredFacts } from '../facts/gathered-facts.js';
import type { ToolHosts } from './action-fit.js';

/** Tells which recipients of one message to several the policies in force can tell apart at `receive`. */
export interface RecipientClasses {
  /** Whether facts can be others for another recipient, so that they are gathered for each before it is asked for its class. */
  readonly gathersEach: boolean;
  /**
   * A text that is equal for recipients of the message who get one verdict: they are alike in all that the policies can
   * read of them, and in all facts.
   *
   * @param facts what was gathered for this recipient; not looked at unless `gathersEach`.
   */
  of(recipient: Agent, facts?: GatheredFacts): string;
}

export interface RecipientClassesOptions {
  readonly reads: RecipientReads;
  readonly sender: Agent;
  readonly hosts: ToolHosts;
  readonly gathersEach: boolean;
}

const factsKey = ({ digest, slots, wanting }: GatheredFacts): unknown =>
  wanting === undefined ? [digest, slots] : [digest, slots, wanting.code, wanting.names];

/** All recipients of one message are of the tenant that is addressed. */
export const recipientClasses = ({ reads, sender, hosts, gathersEach }: RecipientClassesOptions): RecipientClasses => {
  const { attributes, named } = reads;
  const [readsId, readsRole, readsCapabilities] = ['id', 'role', 'capabilities'].map((name) =>
    attributes.has(name as 'id'),
  );
  return {
    gathersEach,
    of: ({ tenant, id, role, capabilities }, facts) => {
      const isSender = id === sender.id && tenant === sender.tenant;
      // Whoever hosts tools gets nothing that was not addressed to it alone.
      const known = readsId || named.has(`${tenant}/${id}`) || hosts.has(id);
      return JSON.stringify([
        isSender,
        known ? id : 0,
        readsRole ? (role ?? 0) : 0,
        readsCapabilities ? capabilities : 0,
        gathersEach && facts !== undefined ? factsKey(facts) : 0,
      ]);
    },
  };
};
