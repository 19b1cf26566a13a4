import { describe, expect, it } from 'vitest';
import { ada, down, orchestra, patient } from '../support/orchestra.js';

describe('a manual recovery', () => {
  it('never runs by itself, however long it waits', async () => {
    const { orchestrator, pass } = await orchestra();
    const store = patient('store', { strategy: 'manual' });
    orchestrator.register(store.component);
    await orchestrator.request('store', down);
    for (let day = 0; day < 30; day += 1) await pass(86_400_000);
    expect([store.attempts, orchestrator.stateOf('store')]).toEqual([0, 'awaiting_manual']);
  });

  it('makes one attempt for each confirmation, which names who and why', async () => {
    const { orchestrator, pass, events } = await orchestra();
    const store = patient('store', { strategy: 'manual' });
    store.well = false;
    orchestrator.register(store.component);
    await orchestrator.request('store', down);
    await orchestrator.confirm('store', ada);
    await pass(0);
    await pass(600_000);
    expect([store.attempts, orchestrator.stateOf('store')]).toEqual([1, 'awaiting_manual']);
    store.well = true;
    await orchestrator.confirm('store', { by: 'bob', why: 'replaced the disk' });
    await pass(0);
    expect(events.map(({ to }) => to)).toEqual(
      'awaiting_manual scheduled in_progress awaiting_manual scheduled in_progress succeeded'.split(' '),
    );
    expect(orchestrator.history).toMatchObject([
      {
        attempts: 2,
        decision: { by: 'bob', why: 'replaced the disk', kind: 'confirmed', at: '2026-01-01T00:10:00.000Z' },
      },
    ]);
  });

  it('has failed after its last attempt', async () => {
    const { orchestrator, pass } = await orchestra();
    orchestrator.register(patient('store', { attempts: 2, check: () => false }).component);
    await orchestrator.request('store', { ...down, strategy: 'manual' });
    for (let attempt = 0; attempt < 2; attempt += 1) {
      await orchestrator.confirm('store', ada);
      await pass(0);
    }
    expect(orchestrator.stateOf('store')).toBe('failed');
  });

  it('is confirmed once: the second comes too late', async () => {
    const { orchestrator, pass } = await orchestra();
    const store = patient('store', { strategy: 'manual' });
    orchestrator.register(store.component);
    await orchestrator.request('store', down);
    const [first, second, third] = await Promise.allSettled([
      orchestrator.confirm('store', ada),
      orchestrator.confirm('store', ada),
      orchestrator.refuse('store', ada),
    ]);
    expect(first.status).toBe('fulfilled');
    for (const late of [second, third]) expect(late).toMatchObject({ reason: { code: 'RECOVERY_NOT_WAITING' } });
    await pass(0);
    expect(store.attempts).toBe(1);
  });

  it('is cancelled by a refusal', async () => {
    const { orchestrator, pass } = await orchestra();
    const store = patient('store', { strategy: 'manual' });
    orchestrator.register(store.component);
    await orchestrator.request('store', down);
    expect(await orchestrator.refuse('store', ada)).toMatchObject({
      state: 'cancelled',
      decision: { ...ada, kind: 'refused' },
    });
    await pass(600_000);
    expect([store.attempts, orchestrator.active]).toEqual([0, []]);
  });
});

describe('an operator', () => {
  it('must say who and why, and about what', async () => {
    const { orchestrator } = await orchestra();
    orchestrator.register(patient('store').component);
    await expect(orchestrator.confirm('store', ada)).rejects.toMatchObject({ code: 'RECOVERY_NOT_FOUND' });
    await expect(orchestrator.cancel('store', ada)).rejects.toMatchObject({ code: 'RECOVERY_NOT_FOUND' });
    await orchestrator.request('store', down);
    await expect(orchestrator.refuse('store', ada)).rejects.toMatchObject({ code: 'RECOVERY_NOT_WAITING' });
    for (const nobody of [{ ...ada, by: '' }, { by: 'ada' }, { ...ada, why: 'x'.repeat(501) }]) {
      await expect(orchestrator.cancel('store', nobody as typeof ada)).rejects.toMatchObject({
        code: 'REQUEST_INVALID',
      });
    }
  });

  it('cancels what is scheduled', async () => {
    const { orchestrator, pass } = await orchestra();
    const store = patient('store');
    orchestrator.register(store.component);
    await orchestrator.request('store', down);
    await orchestrator.cancel('store', ada);
    await pass(600_000);
    expect([store.attempts, orchestrator.find('store')?.state]).toEqual([0, 'cancelled']);
  });

  it('cancels what is in progress: it is told, and its end counts for nothing', async () => {
    const { orchestrator, events, pass } = await orchestra();
    const end = Promise.withResolvers<void>();
    const signals: AbortSignal[] = [];
    const recover = (signal: AbortSignal) => {
      signals.push(signal);
      return end.promise;
    };
    orchestrator.register(patient('store', { recover }).component);
    await orchestrator.request('store', down);
    await pass(1_000);
    await orchestrator.cancel('store', ada);
    end.resolve();
    await pass(600_000);
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
    expect(events.map(({ to }) => to)).toEqual(['scheduled', 'in_progress', 'cancelled']);
    expect((await orchestrator.request('store', down)).number).toBe(2);
  });
});
