import { isDeepStrictEqual } from 'node:util';
import {
  canonicalJson,
  type DeliveryObligation,
  encodeEnvelope,
  type JsonValue,
  type Message,
  type Verdict,
} from '@charterbus/core-models';
import { applyObligations } from '../obligations/apply-obligations.js';
import { mergeObligations } from '../obligations/merge-obligations.js';
import type { PolicyTest } from './policy-test.js';

/** What a recipient gets of a message, and why. */
export interface TestedDelivery {
  readonly obligations?: readonly DeliveryObligation[];
  readonly delivered?: { readonly content?: unknown; readonly headers?: unknown };
}

/** As the bus would deliver under these verdicts; of a denial nothing. */
const deliveryUnder = (message: Message, verdicts: readonly Verdict[]): Required<TestedDelivery> => {
  const obligations = mergeObligations(verdicts.flatMap((verdict) => verdict.obligations ?? []));
  const { content, headers = {} } = applyObligations(encodeEnvelope(message), obligations).message;
  return { obligations, delivered: { content, headers } };
};

const nothing: TestedDelivery = {};

/** Of what came, the parts about which the test states something. */
export const gotDelivery = (
  { obligations, delivered }: PolicyTest['expect'],
  message: Message,
  verdicts: readonly Verdict[],
): TestedDelivery => {
  if (obligations === undefined && delivered === undefined) return nothing;
  const denied = verdicts.some(({ effect }) => effect === 'deny');
  const got = denied ? { obligations: [], delivered: {} } : deliveryUnder(message, verdicts);
  return {
    ...(obligations === undefined ? {} : { obligations: got.obligations }),
    ...(delivered === undefined ? {} : { delivered: partsOf(got.delivered, Object.keys(delivered)) }),
  };
};

const partsOf = (delivered: NonNullable<TestedDelivery['delivered']>, names: readonly string[]) =>
  Object.fromEntries(Object.entries(delivered).filter(([name]) => names.includes(name)));

export const expectedDelivery = ({ obligations, delivered }: PolicyTest['expect']): TestedDelivery => ({
  ...(obligations === undefined ? {} : { obligations: mergeObligations(obligations) }),
  ...(delivered === undefined ? {} : { delivered }),
});

export const sameDelivery = (expected: TestedDelivery, got: TestedDelivery): boolean =>
  isDeepStrictEqual(plain(expected), plain(got));

/** How it is told: as JSON, which is how policies and messages state it. */
export const describedDelivery = (delivery: TestedDelivery): string =>
  Object.entries(delivery)
    .map(([name, value]) => ` ${name} ${canonicalJson(value as JsonValue)}`)
    .join(',');

const plain = (delivery: TestedDelivery): unknown => JSON.parse(JSON.stringify(delivery));
