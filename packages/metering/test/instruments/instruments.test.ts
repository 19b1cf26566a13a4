import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Instruments, type MetricSnapshot } from '../../src/index.js';

const make = (): Instruments => new Instruments({ clock: { now: () => 1_700_000_000_000 } });
const find = (instruments: Instruments, name: string): MetricSnapshot | undefined =>
  instruments.snapshot().find(({ metric }) => metric.name === name);

const span = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331' };

describe('instruments', () => {
  it('give the same cell for the same labels, and add to it', () => {
    const instruments = make();
    instruments.counter('charterbus_dead_letters_total', 'LEASE_EXPIRED').add(2);
    instruments.counter('charterbus_dead_letters_total', 'LEASE_EXPIRED').value += 1;
    expect(find(instruments, 'charterbus_dead_letters_total')?.series).toEqual([
      { labels: { reason: 'LEASE_EXPIRED' }, value: 3 },
    ]);
  });

  it('tell numbers that are kept elsewhere when somebody looks, and no longer than their reader is there', () => {
    const instruments = make();
    let queued = 1;
    const first = instruments.read('charterbus_queue_messages', () => [[queued, 'queued']]);
    const second = instruments.read('charterbus_queue_messages', () => [[10, 'queued']]);
    queued = 5;
    expect(find(instruments, 'charterbus_queue_messages')?.series?.[0]?.value).toBe(15);
    first[Symbol.dispose]();
    second[Symbol.dispose]();
    expect(find(instruments, 'charterbus_queue_messages')?.series?.[0]?.value).toBe(0);
  });

  it('go on telling where one reader throws', () => {
    const instruments = make();
    instruments.read('charterbus_health_score', () => {
      throw new Error('gone');
    });
    instruments.gauge('charterbus_health_score').value = 0.7;
    expect(find(instruments, 'charterbus_health_score')?.series?.[0]?.value).toBe(0.7);
  });

  it('refuse another number of labels than the metric has', () => {
    expect(() => make().counter('charterbus_dead_letters_total')).toThrow(RangeError);
    expect(() => make().counter('charterbus_store_units_total', 'one')).toThrow(RangeError);
  });

  it('count each measurement in the first bucket that is not below it', () => {
    const values = fc.array(fc.double({ min: -1, max: 20, noNaN: true }), { minLength: 1, maxLength: 200 });
    fc.assert(
      fc.property(values, (measured) => {
        const instruments = make();
        for (const value of measured) instruments.histogram('charterbus_commit_seconds').observe(value);
        const found = find(instruments, 'charterbus_commit_seconds');
        const bounds = [...(found?.metric.buckets ?? []), Number.POSITIVE_INFINITY];
        const places = measured.map((value) => bounds.findIndex((bound) => value <= bound));
        const expected = bounds.map((_, place) => places.filter((own) => own === place).length);
        expect(found?.histogram?.[0]).toMatchObject({ counts: expected, count: measured.length });
      }),
      { seed: 72 },
    );
  });

  it('keep of each bucket the latest measurement that was made inside of a span', () => {
    const instruments = make();
    const cell = instruments.histogram('charterbus_admission_seconds', 'accepted');
    cell.observe(0.003, span);
    cell.observe(0.004);
    cell.observe(0.0035, { ...span, spanId: 'c7ad6b7169203331' });
    const exemplars = find(instruments, 'charterbus_admission_seconds')?.histogram?.[0]?.exemplars.filter(Boolean);
    expect(exemplars).toEqual([{ ...span, spanId: 'c7ad6b7169203331', value: 0.0035, at: 1_700_000_000_000 }]);
  });
});

describe('the number of series', () => {
  const noise = (count: number, each: (text: string) => void): void => {
    for (let one = 0; one < count; one++) each(`made-up-${one}`);
  };

  it('stays bounded under a million made-up values of labels', () => {
    const instruments = make();
    noise(250_000, (text) => {
      instruments.counter('charterbus_verdicts_total', text, text, text, text).add(1);
      instruments.counter('charterbus_background_failures_total', text).add(1);
      instruments.counter('charterbus_http_requests_total', text, text, text).add(1);
      instruments.histogram('charterbus_engine_call_seconds', text, text).observe(1);
    });
    const labelled = instruments.snapshot().filter(({ metric }) => metric.labels.length > 0);
    const series = labelled.flatMap(({ series: numbers, histogram }) => [...(numbers ?? histogram ?? [])]);
    // 100 tasks and other, 200 routes and other, and one for each of the others.
    expect(series.length).toBe(101 + 201 + 2);
    const failures = find(instruments, 'charterbus_background_failures_total')?.series ?? [];
    expect(failures.reduce((sum, { value }) => sum + value, 0)).toBe(250_000);
  });

  it('does not take what is too long for a name', () => {
    const instruments = make();
    instruments.counter('charterbus_background_failures_total', 'x'.repeat(10_000)).add(1);
    expect(find(instruments, 'charterbus_background_failures_total')?.series?.[0]?.labels).toEqual({ task: 'other' });
  });
});
