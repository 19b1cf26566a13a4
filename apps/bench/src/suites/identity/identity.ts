import type { Suite } from '../../suite.js';
import { middleWait, speed } from '../compare.js';
import { bareMap, byCapability, byId, byToken, manyAgents } from './look-ups.js';
import { allScreens, bareStringify, structuralScreen } from './screens.js';

const names = {
  byId: 'look-up by id',
  byCapability: 'look-up by capability',
  byToken: 'authenticate a token',
  map: 'bare Map.get',
  structural: 'structural validators',
  all: 'all default validators',
  stringify: 'bare JSON.stringify',
} as const;

export const identity: Suite = {
  name: 'identity',
  title: `who is speaking, of ${manyAgents} agents, and what is said`,
  rows: [
    byId(names.byId),
    byCapability(names.byCapability),
    byToken(names.byToken),
    bareMap(names.map),
    structuralScreen(names.structural),
    allScreens(names.all),
    bareStringify(names.stringify),
  ],
  // The table of the identity work.
  ratios: [
    middleWait(names.byId, { atMost: 2 }),
    middleWait(names.byCapability, { atMost: 20 }),
    middleWait(names.structural, { atMost: 3 }),
    middleWait(names.all, { atMost: 25 }),
    speed(names.byId, names.map),
    speed(names.all, names.stringify),
  ],
};
