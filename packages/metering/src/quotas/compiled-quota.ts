import {
  ConfigurationError,
  type Quota,
  type QuotaSubject,
  type QuotasManifest,
  quotasManifestSchema,
} from '@charterbus/core-models';
import { type BudgetLimit, type Limit, limitOf } from './limit.js';
import type { QuotaRequest } from './quota-decision.js';

/** A quota, made ready to be asked about many messages. */
export interface CompiledQuota {
  readonly name: string;
  readonly quota: Quota;
  readonly limit: Limit;
  /** Whether the quota is about the message. */
  matches(request: QuotaRequest): boolean;
  /** What the message counts together with; `undefined` where it has nothing to count it by. The same for all quotas `per` the same. */
  subjectOf(request: QuotaRequest): string | undefined;
  /** What the message adds. */
  amountOf(request: QuotaRequest): number;
}

/** Stands for all agents of a tenant. No agent has such an id. */
const everybody = '*';

/** `undefined` where a message has nothing to count it by: one that calls no tool is in no quota per tool. */
const subjects: Readonly<Record<QuotaSubject, (request: QuotaRequest) => string | undefined>> = {
  tenant: ({ tenant }) => tenant,
  agent: ({ agent, tenant }) => `${tenant}/${agent}`,
  'agent-type': ({ agent, tenant, type }) => `${tenant}/${agent}/${type}`,
  'agent-tool': ({ agent, tenant, tool }) => (tool === undefined ? undefined : `${tenant}/${agent}/${tool}`),
  'tenant-type': ({ tenant, type }) => `${tenant}/${everybody}/${type}`,
  'tenant-tool': ({ tenant, tool }) => (tool === undefined ? undefined : `${tenant}/${everybody}/${tool}`),
};

const amounts: Readonly<Record<BudgetLimit['measure'], (request: QuotaRequest) => number>> = {
  messages: () => 1,
  bytes: ({ bytes }) => bytes,
  tokens: ({ tokens }) => tokens,
  cost: ({ costMicros }) => costMicros,
};

type Matches = (request: QuotaRequest) => boolean;

const all: Matches = () => true;

const matcherOf = ({ agents, tenants, tools, types }: Quota['match']): Matches => {
  const parts: Matches[] = [];
  const add = <Value>(
    list: readonly Value[] | undefined,
    value: (request: QuotaRequest) => Value | undefined,
  ): void => {
    if (list === undefined) return;
    const set: ReadonlySet<Value | undefined> = new Set(list);
    parts.push((request) => set.has(value(request)));
  };
  add(tenants, ({ tenant }) => tenant);
  add(agents, ({ agent }) => agent);
  add(types, ({ type }) => type);
  add(tools, ({ tool }) => tool);
  const [only = all] = parts;
  return parts.length < 2 ? only : (request) => parts.every((part) => part(request));
};

const compile = (name: string, quota: Quota): CompiledQuota => ({
  name,
  quota,
  limit: limitOf(name, quota),
  matches: matcherOf(quota.match),
  subjectOf: subjects[quota.per],
  amountOf: quota.kind === 'budget' ? amounts[quota.measure] : () => 1,
});

/**
 * In the order of their names.
 *
 * @throws ConfigurationError `CONFIGURATION_INVALID` for what is no manifest, and for limits that could not be held to exactly.
 */
export const compileQuotas = (manifest: QuotasManifest): readonly CompiledQuota[] => {
  const parsed = quotasManifestSchema.safeParse(manifest);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const where = issue?.path.join('.') ?? '';
    throw new ConfigurationError('CONFIGURATION_INVALID', `The quotas cannot be used: ${where} ${issue?.message}.`);
  }
  return Object.entries(parsed.data)
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, quota]) => compile(name, quota));
};
