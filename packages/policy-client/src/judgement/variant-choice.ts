import { type ConstitutionManifest, type Digest, type Message, sha256 } from '@charterbus/core-models';

/** The name of the variant that judges a message; `undefined` where the constitution's own policies do. */
export type VariantChoice = (message: Message) => string | undefined;

/** Who stays together: a conversation, wherever its messages come from; without one, a sender. */
const groupOf = ({ tenant, to, from, conversationId }: Message): string =>
  JSON.stringify(
    conversationId === undefined ? [tenant, from] : [[tenant, to.tenant].toSorted(), 'conversation', conversationId],
  );

/** From 0 to 1, the same for the same group under the same constitution: the first 48 bits of a SHA-256. */
const placeOf = (hash: Digest, message: Message): number =>
  Number.parseInt(sha256(`${hash} ${groupOf(message)}`).slice(0, 12), 16) / 2 ** 48;

const none: VariantChoice = () => undefined;

/**
 * A stable share of the conversations for each variant. Another constitution, also one that differs in a byte, shares
 * them out anew, so that nobody is for ever among those on whom things are tried.
 */
export const variantChoice = ({ variants }: Pick<ConstitutionManifest, 'variants'>, hash: Digest): VariantChoice => {
  const names = Object.keys(variants).toSorted();
  if (names.length === 0) return none;
  let sum = 0;
  const ends = names.map((name) => ({ name, end: (sum += variants[name]?.share ?? 0) }));
  return (message) => {
    const place = placeOf(hash, message);
    return ends.find(({ end }) => place < end)?.name;
  };
};
