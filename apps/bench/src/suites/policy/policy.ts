import type { Suite } from '../../suite.js';
import { middleWait, speed, wait } from '../compare.js';
import { bareCedar, bareCedarScoped } from './bare-cedar.js';
import { judgeRemembered, judgeScoped, judgeUncached } from './judging.js';
import { casbin, casl } from './peers.js';
import { rego } from './rego.js';
import { policiesOfTenant } from './workload.js';

const counts = [1, 10, 20, 100] as const;
const peerCounts = [1, 10, 100] as const;

/** The number of policies for which there is a target. */
const targeted = 20;

/** Most of these policies are about other tenants. */
const scoped = 1_000;
const manySenders = 1_000;

const remembered = 'judge, remembered';
const rememberedOfMany = `judge, remembered, senders: ${manySenders}`;
const ofTenant = `judge, uncached, policies: ${scoped}, of the tenant: ${policiesOfTenant}`;
const bareOfTenant = `bare Cedar, policies: ${scoped}, of the tenant: ${policiesOfTenant}`;
const uncached = (policies: number): string => `judge, uncached, policies: ${policies}`;
const bare = (policies: number): string => `bare Cedar, policies: ${policies}`;
const casbinOf = (policies: number): string => `casbin, policies: ${policies}`;
const caslOf = (policies: number): string => `CASL, rules: ${policies}`;

export const policy: Suite = {
  name: 'policy',
  title: 'one judgement at send',
  rows: [
    judgeRemembered(remembered, 1),
    judgeRemembered(rememberedOfMany, manySenders),
    ...counts.flatMap((count) => [judgeUncached(uncached(count), count), bareCedar(bare(count), count)]),
    judgeScoped(ofTenant, scoped),
    bareCedarScoped(bareOfTenant, scoped),
    ...peerCounts.flatMap((count) => [casbin(casbinOf(count), count), casl(caslOf(count), count)]),
    ...rego.rows,
  ],
  skipped: rego.skipped,
  // The table of the policy work.
  ratios: [
    middleWait(remembered, { atMost: 1 }),
    middleWait(rememberedOfMany, { atMost: 1 }),
    wait(remembered, bare(targeted), { atMost: 0.01 }),
    wait(rememberedOfMany, bare(targeted), { atMost: 0.01 }),
    ...counts.map((count) =>
      count === targeted ? wait(uncached(count), bare(count), { atMost: 1.3 }) : wait(uncached(count), bare(count)),
    ),
    middleWait(ofTenant, { atMost: 300 }),
    wait(ofTenant, bareOfTenant, { atMost: 0.064 }),
    wait(ofTenant, bare(targeted)),
    ...peerCounts.map((count) => speed(uncached(count), casbinOf(count))),
    ...peerCounts.map((count) => speed(uncached(count), caslOf(count))),
    ...rego.ratios,
  ],
};
