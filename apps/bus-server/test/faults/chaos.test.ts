import type { HistoryEvent } from '@charterbus/tooling/testing';
import { describe, expect, it } from 'vitest';
import { chaos } from './support/chaos.js';
import { type EmbeddedFault, embeddedChaos } from './support/embedded-chaos.js';
import { type FaultName, faultNames } from './support/faults.js';

const seed = Number(process.env['CHARTERBUS_SEED'] ?? 20_261_201);
const timeout = 180_000;

type Kind = HistoryEvent['kind'];

const count = (events: readonly HistoryEvent[], kind: Kind): number =>
  events.filter((event) => event.kind === kind).length;

/** What each kind of fault has to bring about, or it was none. */
const occasions: Readonly<Record<string, (events: readonly HistoryEvent[]) => number>> = {
  killed: (events) => count(events, 'ended'),
  stopped: (events) =>
    events.filter((event) => event.kind === 'settlement-refused' && event.code === 'LEASE_LOST').length,
  cut: (events) => events.filter((event) => event.kind === 'receipt' && event.duplicate).length,
  set: (events) => count(events, 'jumped'),
};

/** Of so much at least must have been enough: a run in which nothing happens keeps every promise. */
const happened = (name: string, events: readonly HistoryEvent[]): readonly boolean[] => [
  count(events, 'receipt') > 100,
  count(events, 'settled') > 100,
  (occasions[name]?.(events) ?? 1) > 0,
];
const everything = [true, true, true];

const serverKinds: Readonly<Record<string, readonly FaultName[]>> = {
  killed: ['kill the server', 'kill a sender', 'kill a consumer'],
  stopped: ['stop a consumer', 'stop the server'],
  cut: ['cut requests', 'cut replies', 'refuse connections', 'swallow bytes', 'delay bytes', 'slice bytes'],
  set: ['set the clock'],
  mixed: faultNames,
};

describe('a server with senders and consumers, of which any process, connection or clock', () => {
  it.each(Object.entries(serverKinds))(
    `is %s, keeps what it promised (seed ${seed})`,
    async (name, names) => {
      expect(happened(name, await chaos(`server-${name}`, seed, names, 4))).toEqual(everything);
    },
    timeout,
  );
});

const embeddedKinds: Readonly<Record<string, readonly EmbeddedFault[]>> = {
  killed: ['kill'],
  mixed: ['kill', 'stop', 'set the clock'],
};

describe('a bus with senders and handlers in one process, which', () => {
  it.each(Object.entries(embeddedKinds))(
    `is %s, keeps what it promised (seed ${seed})`,
    async (name, names) => {
      expect(happened(name, await embeddedChaos(`embedded-${name}`, seed, names, 4))).toEqual(everything);
    },
    timeout,
  );
});
