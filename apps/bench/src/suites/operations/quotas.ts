import { type Quota, type QuotasManifest, quotasManifestSchema } from '@charterbus/core-models';
import { createMemoryCounters, createQuotas, type QuotaRequest, type Quotas } from '@charterbus/metering';
import { synchronous } from '../../measure/batch.js';
import type { Row } from '../../suite.js';
import { inTurn } from '../in-turn.js';
import { insist } from '../insist.js';

/** Limits that nobody reaches: what is measured is that there is room. */
export const allQuotas = {
  rate: { kind: 'rate', messages: 1_000_000_000, seconds: 86_400 },
  budget: { kind: 'budget', measure: 'messages', limit: 1_000_000_000_000, period: 'month' },
  places: { kind: 'concurrency', messages: 10_000_000 },
} as const satisfies Readonly<Record<string, Partial<Quota>>>;

export const oneRate: QuotasManifest = quotasManifestSchema.parse({ rate: allQuotas.rate });

const agents = 1000;

/** One of each agent, in no tenant's order. */
export const requests: readonly QuotaRequest[] = Array.from({ length: agents }, (_, n) => ({
  message: `m${n}`,
  tenant: `tenant-${n % 10}`,
  agent: `agent-${n}`,
  type: 'command',
  bytes: 100,
  tokens: 1,
  costMicros: 0,
}));

export const manyAgents = `${agents} agents of ten tenants in turn, each limited for itself`;

const takeFrom = (quotas: Quotas, request: QuotaRequest): boolean => {
  const decision = quotas.take(request);
  return !(decision instanceof Promise) && decision.allowed;
};

/** What is let in of these limits must be let in because there is room: of a limit of one the second message is not. */
const insistOnDenial = (): void => {
  const manifest = quotasManifestSchema.parse({ one: { kind: 'rate', messages: 1, seconds: 86_400 } });
  const quotas = createQuotas({ manifest, counters: createMemoryCounters() });
  const [first, second] = [0, 0].map((n) => takeFrom(quotas, inTurn(requests, n)));
  insist(first === true && second === false, 'A quota has let in more than it has room for.');
};

const row = (name: string, profile: string, manifest: QuotasManifest, ends: boolean): Row => ({
  name,
  kind: 'ours',
  profile: `${profile}; counters in memory, ${manyAgents}`,
  open: async () => {
    const quotas = createQuotas({ manifest, counters: createMemoryCounters() });
    const ask = (n: number): boolean => {
      const request = inTurn(requests, n);
      const taken = takeFrom(quotas, request);
      if (ends) quotas.finished(request);
      return taken;
    };
    insist(
      requests.every((_, n) => ask(n)),
      'Nobody is let in.',
    );
    const used = await quotas.usage({ tenant: 'tenant-0' });
    insist(!ends || used.some(({ kind }) => kind === 'budget'), 'Nothing is counted.');
    insistOnDenial();
    return { batch: synchronous(ask), close: async () => undefined };
  },
});

export const rateDecision = (name: string): Row => row(name, 'take, of one rate', oneRate, false);

export const allDecisions = (name: string): Row =>
  row(
    name,
    'take and finished, of a rate, a budget and a concurrency quota',
    quotasManifestSchema.parse(allQuotas),
    true,
  );

export const bareCount = (name: string): Row => ({
  name,
  kind: 'limit',
  profile: `Map.get by tenant/agent and an addition; ${manyAgents}`,
  leavesOut: 'time, limits, all quotas or none, giving back, a bounded number of subjects',
  open: async () => {
    const counts = new Map(requests.map(({ tenant, agent }) => [`${tenant}/${agent}`, { used: 0 }]));
    const ask = (n: number): number => {
      const { tenant, agent } = inTurn(requests, n);
      const count = counts.get(`${tenant}/${agent}`);
      return count === undefined ? 0 : (count.used += 1);
    };
    insist(ask(0) === 1, 'Nothing is counted.');
    return { batch: synchronous(ask), close: async () => undefined };
  },
});
