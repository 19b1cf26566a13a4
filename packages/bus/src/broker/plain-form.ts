import type { AgentReference, Digest, Envelope, Verdict } from '@charterbus/core-models';
import type { Admission } from './broker.js';
import type { PlainAdmission } from './plain.js';

/** What plain messages have in common; kept once as JSON. */
export interface PlainForm {
  readonly tenant: string;
  readonly from: string;
  readonly senderRevision: string;
  readonly recipient: AgentReference;
  readonly priority: number;
  /** Of the envelope's text, what stands between the id and the moment. */
  readonly middle: string;
  /** Forms of the verdict at `send`, of that at `receive`, of the leaf of the admission and of that of the delivery. */
  readonly forms: readonly [send: number, receive: number, admission: number, delivered: number];
}

const head = '{"id":"';
const content = '","content":';
/** A moment in RFC 3339 with milliseconds. */
const momentLength = 24;

/** What stands between the id and the moment in the text of an envelope; nothing where the text is another one. */
export const middleOf = ({ message, text }: Pick<Envelope, 'message' | 'text'>): string | undefined => {
  const start = head.length + message.id.length;
  const moment = '"createdAt":"';
  const place = text.indexOf(`${moment}${message.createdAt}${content}`, start);
  const middle = place < 0 ? undefined : text.slice(start, place + moment.length);
  return middle !== undefined && isOfMiddle({ message, text }, middle) ? middle : undefined;
};

/** Whether the text of an envelope is that of its form but for its id, its moment and its content. */
export const isOfMiddle = ({ message, text }: Pick<Envelope, 'message' | 'text'>, middle: string): boolean => {
  const start = head.length + message.id.length;
  const moment = start + middle.length;
  return (
    text.startsWith(middle, start) &&
    text.startsWith(message.id, head.length) &&
    text.startsWith(message.createdAt, moment) &&
    text.startsWith(content, moment + momentLength) &&
    text.startsWith(head)
  );
};

/** The content's JSON text, cut out of a text of which `isOfMiddle` holds. */
export const contentOf = ({ message, text }: Envelope, middle: string): string =>
  text.slice(head.length + message.id.length + middle.length + momentLength + content.length, -1);

/** The text of an envelope again. */
export const envelopeText = (middle: string, id: string, at: string, own: string): string =>
  `${head}${id}${middle}${at}${content}${own}}`;

/** The same for messages of one form, and for no others. */
export const plainKey = (
  { message, recipient }: PlainAdmission,
  { senderRevision }: Admission,
  verdicts: readonly [send: string, receive: string],
): string => {
  const { tenant, from, type, priority, constitutionalHash = '' } = message;
  const parties = `${tenant}\n${from}\n${senderRevision}\n${recipient.tenant}\n${recipient.agent}`;
  return `plain\n${parties}\n${type}\n${priority}\n${constitutionalHash}\n${verdicts[0]}\n${verdicts[1]}`;
};

/** A verdict of a form, made whole. */
export const filledVerdict = (form: Verdict, messageDigest: Digest, at: string): Verdict => ({
  ...form,
  binds: { ...form.binds, messageDigest },
  at,
});
