import { locateService, redisServer } from '@charterbus/tooling/testing';
import type { Ratio, Row, Suite } from '../../suite.js';
import { extraWait, middleWait, rate, speed, wait } from '../compare.js';
import { bareCall, enterAndSettle, execute } from './breakers.js';
import { bareSums, counting } from './counting.js';
import { limited, plain, recorded } from './deliveries.js';
import { meteringAlone, telemetryAlone } from './each-message.js';
import { allDecisions, bareCount, rateDecision } from './quotas.js';
import { bareScript, rateOnRedis } from './rates-on-redis.js';

const many = 64;

const names = {
  plain: `governed delivery, ${many} in flight`,
  limited: `governed delivery with quotas, ${many} in flight`,
  recorded: `governed delivery, all recorded, ${many} in flight`,
  metering: 'metering of a message',
  meteringTurns: `metering of a message, ${many} pairs in turn`,
  telemetry: 'telemetry of a message',
  rate: 'rate decision',
  decisions: 'rate, budget and concurrency',
  count: 'bare Map.get and addition',
  enter: 'closed breaker, enter and settle',
  execute: 'closed breaker, execute',
  call: 'bare asynchronous call',
  counting: 'usage, SQLite to ledger',
  sums: 'bare sums of usage',
} as const;

const here: readonly Row[] = [
  plain(names.plain),
  limited(names.limited),
  recorded(names.recorded),
  meteringAlone(names.metering, 1),
  meteringAlone(names.meteringTurns, many),
  telemetryAlone(names.telemetry),
  rateDecision(names.rate),
  allDecisions(names.decisions),
  bareCount(names.count),
  enterAndSettle(names.enter),
  execute(names.execute),
  bareCall(names.call),
  counting(names.counting),
  bareSums(names.sums),
];

/** The table of the operations work. */
const compared: readonly Ratio[] = [
  rate(names.plain, { atLeast: 200_000 }),
  rate(names.limited, { atLeast: 200_000 }),
  speed(names.limited, names.plain),
  speed(names.recorded, names.plain),
  middleWait(names.metering, { atMost: 0.3 }),
  middleWait(names.meteringTurns, { atMost: 0.3 }),
  middleWait(names.telemetry, { atMost: 0.5 }),
  middleWait(names.rate, { atMost: 0.5 }),
  speed(names.rate, names.count),
  speed(names.decisions, names.count),
  middleWait(names.enter, { atMost: 0.5 }),
  extraWait(names.execute, names.call, { atMost: 0.5 }),
  speed(names.execute, names.call),
  speed(names.counting, names.sums),
];

const onRedis = [1, many].map((inFlight) => ({
  inFlight,
  ours: `rate decision on Redis, ${inFlight} in flight`,
  bare: `bare EVALSHA, ${inFlight} in flight`,
}));

/** What can be measured; what cannot is said. */
export const operationsSuite = (redis: boolean): Suite => ({
  name: 'operations',
  title: 'what staying up, counting and being watched cost on a message’s way',
  rows: [
    ...here,
    ...(redis
      ? onRedis.flatMap(({ inFlight, ours, bare }) => [rateOnRedis(ours, inFlight), bareScript(bare, inFlight)])
      : []),
  ],
  ratios: [...compared, ...(redis ? onRedis.map(({ ours, bare }) => wait(ours, bare, { atMost: 1.2 })) : [])],
  skipped: redis ? [] : [`Redis: ${redisServer.name} ${redisServer.hint}`],
});

export const operations: Suite = operationsSuite(locateService(redisServer) !== undefined);
