import { type DeliveryObligation, type Envelope, encodeEnvelope, type Message } from '@charterbus/core-models';
import { changeContent } from './change-content.js';
import { mergeObligations } from './merge-obligations.js';

type Headers = NonNullable<Message['headers']>;
type Annotation = Extract<DeliveryObligation, { readonly kind: 'annotate' }>;

/** What policies state stands alone: a header that differs in case only would be taken for it by some readers. */
const annotated = (headers: Headers | undefined, annotations: readonly Annotation[]): Headers | undefined => {
  if (annotations.length === 0) return headers;
  const values = Map.groupBy(annotations, ({ header }) => header);
  const kept = Object.entries(headers ?? {}).filter(([name]) => !values.has(name.toLowerCase()));
  const stated = [...values].map(([name, all]) => [name, all.map(({ value }) => value).join(', ')] as const);
  return Object.freeze(Object.fromEntries([...kept, ...stated]));
};

/**
 * The message as its recipient gets it, with its own bytes and digest; deep-frozen, and nothing of what was given is
 * written to. The same for every order of the obligations, and when it is done twice. Headers and content alone change,
 * so that replies and leases are about the same message.
 */
export const applyObligations = (envelope: Envelope, asked: readonly DeliveryObligation[]): Envelope => {
  const obligations = mergeObligations(asked);
  if (obligations.length === 0) return envelope;
  const { message } = envelope;
  const headers = annotated(
    message.headers,
    obligations.filter((obligation) => obligation.kind === 'annotate'),
  );
  const content = changeContent(
    message.content,
    obligations.filter((obligation) => obligation.kind !== 'annotate'),
  );
  return encodeEnvelope(Object.freeze({ ...message, ...(headers === undefined ? {} : { headers }), content }));
};
