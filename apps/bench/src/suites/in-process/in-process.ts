import type { Suite } from '../../suite.js';
import { rate, speed } from '../compare.js';
import { audited, governed, governedUnremembered } from './governed.js';
import { hashing } from './hashing.js';
import { emittery, eventEmitter, moleculerCall } from './peers.js';

/** Enough for whatever is shared between messages to be shared. */
const many = 64;

const names = {
  governed: 'governed delivery',
  governedMany: `governed delivery, ${many} in flight`,
  audited: `audited delivery, ${many} in flight`,
  unremembered: `governed delivery, nothing remembered, ${many} in flight`,
  eventEmitter: 'EventEmitter',
  emittery: 'emittery',
  moleculer: 'moleculer call',
  moleculerMany: `moleculer call, ${many} in flight`,
  hashing: 'bare stringify + SHA-256',
} as const;

export const inProcess: Suite = {
  name: 'in-process',
  title: 'a message to a handler of the same process',
  rows: [
    governed(names.governed, 1),
    governed(names.governedMany, many),
    audited(names.audited, many),
    governedUnremembered(names.unremembered, many),
    eventEmitter(names.eventEmitter),
    emittery(names.emittery, 1),
    moleculerCall(names.moleculer, 1),
    moleculerCall(names.moleculerMany, many),
    hashing(names.hashing),
  ],
  // The table of the delivery work.
  ratios: [
    speed(names.governed, names.moleculer, { atLeast: 0.2 }),
    speed(names.governedMany, names.moleculerMany, { atLeast: 0.2 }),
    rate(names.governedMany, { atLeast: 250_000 }),
    speed(names.audited, names.hashing, { atLeast: 0.35 }),
    speed(names.governed, names.emittery),
    speed(names.governed, names.eventEmitter),
    speed(names.unremembered, names.governedMany),
  ],
};
