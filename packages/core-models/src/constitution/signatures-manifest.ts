import { z } from 'zod';
import { identifierSchema } from '../identifiers.js';
import type { Message } from '../message/message.js';
import { messageTypes } from '../message/vocabulary.js';

/** A list that names nothing would demand nothing, which nobody writes down on purpose. */
const empty = 'must name at least one, or be left out, which means all';

/** Messages that must be signed: those of one of these types that are sent from one of these tenants. */
const requiredSchema = z.strictObject({
  /** Default: all types. */
  types: z.array(z.enum(messageTypes)).min(1, empty).max(messageTypes.length).optional(),
  /** The tenants of senders, by id. Default: all tenants. */
  tenants: z.array(identifierSchema).min(1, empty).max(256).optional(),
});

export const signaturesManifestSchema = z.strictObject({
  /** One that fits is enough. */
  required: z.array(requiredSchema).max(64).default([]),
});

export type SignaturesManifest = z.output<typeof signaturesManifestSchema>;

/** What tells whether a message must be signed: its type, and the tenant of its sender. */
export type SignedMessage = Pick<Message, 'type' | 'tenant'>;

/** Whether a message must be signed. Pure; made once of a manifest. */
export type SignatureRule = (message: SignedMessage) => boolean;

const never: SignatureRule = () => false;

type Required = SignaturesManifest['required'][number];

const ruleOf = ({ types, tenants }: Required): SignatureRule => {
  const ofTypes = types && new Set<string>(types);
  const ofTenants = tenants && new Set<string>(tenants);
  return ({ type, tenant }) => (ofTypes?.has(type) ?? true) && (ofTenants?.has(tenant) ?? true);
};

/** The rule of a manifest, ready to be asked about every message. */
export const signatureRule = ({ required }: SignaturesManifest): SignatureRule => {
  if (required.length === 0) return never;
  const rules = required.map(ruleOf);
  return (message) => rules.some((demands) => demands(message));
};
