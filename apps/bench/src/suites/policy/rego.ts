import { opaBinary } from '@charterbus/tooling/testing';
import type { Ratio, Row, Suite } from '../../suite.js';
import { speed, wait } from '../compare.js';
import { bareOpa, judgeByOpa } from './opa-http.js';
import { bareWasm, judgeByWasm } from './opa-wasm.js';

const counts = [20, 100] as const;
/** The number of policies for which there is a target. */
const targeted = 20;
/** Questions on their way to OPA at the same time. */
const inFlight = 16;

const wasm = (policies: number): string => `judge by compiled Rego, uncached, policies: ${policies}`;
const bare = (policies: number): string => `bare evaluate of compiled Rego, policies: ${policies}`;
const http = `judge by OPA, uncached, ${inFlight} in flight`;
const post = `bare POST to OPA, ${inFlight} in flight`;

const rows: readonly Row[] = [
  ...counts.flatMap((count) => [judgeByWasm(wasm(count), count), bareWasm(bare(count), count)]),
  judgeByOpa(http, targeted, inFlight),
  bareOpa(post, targeted, inFlight),
];

const ratios: readonly Ratio[] = [
  ...counts.map((count) =>
    count === targeted ? wait(wasm(count), bare(count), { atMost: 1.5 }) : wait(wasm(count), bare(count)),
  ),
  speed(http, post, { atLeast: 0.8 }),
];

/** What needs a real OPA, to compile or to be asked. */
export const rego: Required<Pick<Suite, 'rows' | 'ratios' | 'skipped'>> =
  opaBinary() === undefined
    ? { rows: [], ratios: [], skipped: ['Rego, compiled and over HTTP: opa is taken from OPA_BIN or the PATH.'] }
    : { rows, ratios, skipped: [] };
