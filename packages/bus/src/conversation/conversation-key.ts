import type { Message } from '@charterbus/core-models';

/**
 * Under what the facts of a message's conversation are kept: the tenants that take part, and the conversation's id. A
 * conversation across tenants is another one than those within them, so that no tenant can add to what another one's
 * verdicts rest on. Unambiguous, since ids of tenants hold neither `+` nor `/`.
 */
export const conversationKey = ({ tenant, to, conversationId }: Message): string | undefined => {
  if (conversationId === undefined) return undefined;
  const tenants = tenant === to.tenant ? tenant : [tenant, to.tenant].toSorted().join('+');
  return `${tenants}/${conversationId}`;
};
