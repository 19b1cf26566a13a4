import { locateService, natsServer, natsVersion, redisServer } from '@charterbus/tooling/testing';
import type { Row, Suite } from '../../suite.js';
import { speed } from '../compare.js';
import { bareAdd, idleHandOver } from './bare-streams.js';
import { bullmq } from './bullmq.js';
import { jetStream } from './jet-stream.js';
import { twoProcesses } from './two-processes.js';

const senders = 256;

const add = 'bare XADD, pipelined';
const acrossProcesses = 'bare XADD → XREADGROUP → XACK, two processes';
const handOver = 'bare XADD → XREADGROUP, idle';
const bull = `BullMQ, add → process, senders: ${senders}`;
const stream = `JetStream, publish → consume → ack, senders: ${senders}`;
const syncedStream = `${stream}, a sync for each write`;

const redisRows = (): readonly Row[] => [
  bareAdd(add),
  twoProcesses(acrossProcesses),
  idleHandOver(handOver),
  bullmq(bull, senders),
];

/** From 2.10 on it can be told to sync each write. */
const canSync = ([major = 0, minor = 0]: readonly number[]): boolean => major > 2 || (major === 2 && minor >= 10);

const natsRows = (
  version: readonly number[] | undefined,
): Pick<Suite, 'rows'> & { readonly skipped: readonly string[] } => {
  if (version === undefined) return { rows: [], skipped: [`JetStream: ${natsServer.name} ${natsServer.hint}`] };
  const rows = [jetStream(stream, senders, false)];
  if (canSync(version)) return { rows: [...rows, jetStream(syncedStream, senders, true)], skipped: [] };
  return { rows, skipped: [`${syncedStream}: it takes nats-server 2.10, here is ${version.join('.')}`] };
};

/** What of the servers that the rows are run against is on this machine. */
export interface Servers {
  readonly redis: boolean;
  /** The version of nats-server. */
  readonly nats: readonly number[] | undefined;
}

/** What can be measured with these; what cannot is said. */
export const redisSuite = ({ redis: isThere, nats: version }: Servers): Suite => {
  const nats = natsRows(version);
  return {
    name: 'redis',
    title: 'messages through a server',
    rows: [...(isThere ? redisRows() : []), ...nats.rows],
    skipped: [...(isThere ? [] : [`Redis: ${redisServer.name} ${redisServer.hint}`]), ...nats.skipped],
    ratios: isThere ? [speed(acrossProcesses, bull), speed(acrossProcesses, add)] : [],
  };
};

export const redis: Suite = redisSuite({ redis: locateService(redisServer) !== undefined, nats: natsVersion() });
