import { z } from 'zod';

const plainUidSchema = z.object({ type: z.string(), id: z.string() });

/** An entity as Cedar's JSON names it. */
export const entityUidSchema = z.union([
  plainUidSchema,
  z.object({ __entity: plainUidSchema }).transform((uid) => uid.__entity),
]);
export type EntityUid = z.output<typeof plainUidSchema>;

/** Who stands on one side of a request: an agent of a tenant, or a tenant as a whole. */
export interface Party {
  readonly uid: EntityUid;
  readonly tenant: string;
}

/** What a policy's scope asks of principal or resource: whatever is stated must hold. */
export interface EntityScope {
  readonly type?: string;
  readonly equals?: EntityUid;
  readonly within?: EntityUid;
}

const withinSchema = z.object({ entity: entityUidSchema });
const scopeSchema = z.discriminatedUnion('op', [
  z.strictObject({ op: z.literal('==') }).extend(withinSchema.shape),
  z.strictObject({ op: z.literal('in') }).extend(withinSchema.shape),
  z.strictObject({ op: z.literal('is'), entity_type: z.string(), in: withinSchema.optional() }),
]);

/** A form that is not known here asks for nothing, so that its policy is asked about everybody: by Cedar, who knows. */
export const readEntityScope = (given: unknown): EntityScope => {
  const { success, data } = scopeSchema.safeParse(given);
  if (!success) return {};
  if (data.op === '==') return { equals: data.entity };
  if (data.op === 'in') return { within: data.entity };
  return { type: data.entity_type, ...(data.in === undefined ? {} : { within: data.in.entity }) };
};

export const isBounded = (scope: EntityScope): boolean => Object.keys(scope).length > 0;

const isSame = (left: EntityUid, right: EntityUid): boolean => left.type === right.type && left.id === right.id;

/** An agent is in itself and in its tenant, a tenant in itself, and nobody in anything else. */
const isWithin = ({ uid, tenant }: Party, group: EntityUid): boolean =>
  isSame(uid, group) || (group.type === 'Tenant' && group.id === tenant);

/** Whether Cedar would find that the scope holds. */
export const holdsFor = ({ type, equals, within }: EntityScope, party: Party): boolean =>
  (type === undefined || type === party.uid.type) &&
  (equals === undefined || isSame(equals, party.uid)) &&
  (within === undefined || isWithin(party, within));
