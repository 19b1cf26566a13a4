import { type Attributes, createNoopMeter, type Meter } from '@opentelemetry/api';
import { expect, test } from 'vitest';
import { createOpenTelemetrySink } from '../../src/index.js';
import { recordOf } from '../support/records.js';

const signal = new AbortController().signal;

/** A meter that writes down what its counters are given. */
const noting = () => {
  const noted: { readonly name: string; readonly value: number; readonly attributes: Attributes }[] = [];
  const meter: Meter = Object.assign(createNoopMeter(), {
    createCounter: (name: string) => ({
      add: (value: number, attributes: Attributes = {}) => void noted.push({ name, value, attributes }),
    }),
  });
  return { meter, noted };
};

test('counters of OpenTelemetry are given what is counted, with bounded attributes', async () => {
  const { meter, noted } = noting();
  await using sink = createOpenTelemetrySink({ meter, tenants: 1 });
  const records = [recordOf({ bytes: 9, outputTokens: 2, costMicros: 500_000 }), recordOf({ tenant: 'umbra' })];
  await sink.take(
    { source: 'log', from: 0, to: 2, records: records.map((record, index) => ({ ...record, index })) },
    signal,
  );
  const attributes = { tenant: 'acme', tier: 'standard', outcome: 'allow' };
  expect(noted.slice(0, 5)).toEqual([
    { name: 'charterbus.usage.operations', value: 1, attributes: { ...attributes, operation: 'agent_message' } },
    { name: 'charterbus.usage.operations', value: 2, attributes: { ...attributes, operation: 'policy_evaluation' } },
    { name: 'charterbus.usage.bytes', value: 9, attributes },
    { name: 'charterbus.usage.tokens', value: 2, attributes: { ...attributes, direction: 'output' } },
    { name: 'charterbus.usage.cost', value: 0.5, attributes },
  ]);
  expect(noted.slice(5).map((one) => one.attributes['tenant'])).toEqual(['*', '*']);
});

test('without an SDK it counts nothing and costs nobody anything', () => {
  const sink = createOpenTelemetrySink();
  expect(sink.take({ source: 'log', from: 0, to: 1, records: [{ ...recordOf(), index: 0 }] }, signal)).toBe(1);
});
