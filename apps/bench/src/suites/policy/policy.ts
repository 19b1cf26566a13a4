import type { Suite } from '../../suite.js';
import { middleWait, speed, wait } from '../compare.js';
import { bareCedar } from './bare-cedar.js';
import { judgeRemembered, judgeUncached } from './judging.js';
import { casbin, casl } from './peers.js';
import { rego } from './rego.js';

const counts = [1, 10, 20, 100] as const;
const peerCounts = [1, 10, 100] as const;

/** The number of policies for which there is a target. */
const targeted = 20;

const remembered = 'judge, remembered';
const uncached = (policies: number): string => `judge, uncached, policies: ${policies}`;
const bare = (policies: number): string => `bare Cedar, policies: ${policies}`;
const casbinOf = (policies: number): string => `casbin, policies: ${policies}`;
const caslOf = (policies: number): string => `CASL, rules: ${policies}`;

export const policy: Suite = {
  name: 'policy',
  title: 'one judgement at send',
  rows: [
    judgeRemembered(remembered),
    ...counts.flatMap((count) => [judgeUncached(uncached(count), count), bareCedar(bare(count), count)]),
    ...peerCounts.flatMap((count) => [casbin(casbinOf(count), count), casl(caslOf(count), count)]),
    ...rego.rows,
  ],
  skipped: rego.skipped,
  // The table of the policy work.
  ratios: [
    middleWait(remembered, { atMost: 1 }),
    ...counts.map((count) =>
      count === targeted ? wait(uncached(count), bare(count), { atMost: 1.3 }) : wait(uncached(count), bare(count)),
    ),
    ...peerCounts.map((count) => speed(uncached(count), casbinOf(count))),
    ...peerCounts.map((count) => speed(uncached(count), caslOf(count))),
    ...rego.ratios,
  ],
};
