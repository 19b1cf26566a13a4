import { ManualClock } from '@charterbus/core-models';
import { describe, expect, it } from 'vitest';
import { exitCodeOf } from '../../../src/replay/exit-codes.js';
import { ReplayError } from '../../../src/replay/replay-error.js';
import { buildReport } from '../../../src/replay/report/build-report.js';
import { type ReplayReport, replayReportSchema } from '../../../src/replay/report/report-schema.js';
import { lastLine } from '../../../src/replay/report/summary.js';
import { type ReplayOptions, ReplayRun } from '../../../src/replay/run/replay-run.js';
import type { Decision, ReplayDraft } from '../../../src/replay/target/replay-target.js';
import { readLines } from '../../../src/replay/trace/read-lines.js';
import { toolCall, traceLine } from '../support.js';
import { allowed, deliver, FakeTarget } from './fake-target.js';

type Decide = ConstructorParameters<typeof FakeTarget>[1];

const setUp = (lines: readonly string[], decide?: Decide, options: Partial<ReplayOptions> = {}) => {
  const clock = new ManualClock();
  const targets: FakeTarget[] = [];
  async function* bytes(): AsyncGenerator<Uint8Array> {
    for (const line of lines) yield Buffer.from(`${line}\n`);
  }
  const run = new ReplayRun({
    lines: readLines(bytes()),
    openTarget: (listener) => {
      const target = new FakeTarget(listener, decide);
      targets.push(target);
      return Promise.resolve(target);
    },
    concurrency: 2,
    runId: 'run',
    deliveryMs: 1000,
    stop: new AbortController().signal,
    progress: { line: () => {}, message: () => {} },
    clock,
    timers: clock,
    ...options,
  });
  const report = async (): Promise<ReplayReport> =>
    replayReportSchema.parse(buildReport(await run.run(), { target: 'embedded', trace: 'trace.jsonl' }));
  return { clock, targets, report };
};

const talk = traceLine([
  { role: 'user', content: 'hello' },
  { role: 'assistant', content: null, tool_calls: [toolCall('c', 'look'), toolCall('c', 'take')] },
  { role: 'tool', tool_call_id: 'c', content: 'taken' },
]);

const stop = ({ key }: ReplayDraft): Decision => ({
  verdict: 'deny',
  messageId: `m-${key}`,
  reasons: ['no'],
  policies: ['no'],
});

describe('a run', () => {
  it('sends conversations in order, each with an id of its own, and agents join once', async () => {
    const { targets, report } = setUp([talk, talk, talk]);
    expect(await report()).toMatchObject({ outcome: 'complete', conversations: 3, messages: 12, problems: [] });
    const [target] = targets;
    expect(target?.joined.toSorted()).toEqual(['agent', 'customer', 'tool:look', 'tool:take']);
    expect(target?.closed).toBe(1);
    const second = target?.sent.filter(({ conversationId }) => conversationId === 'run:2');
    expect(second?.map(({ type, inReplyTo }) => [type, inReplyTo])).toEqual([
      ['query', undefined],
      ['task_request', undefined],
      ['task_request', undefined],
      ['task_response', 'm-run:2:2'],
    ]);
  });

  it('goes on as recorded after a denial, and the answer names the denied message', async () => {
    const deny: Decide = (draft, target) => (draft.type === 'task_request' ? stop(draft) : deliver(draft, target));
    const { targets, report } = setUp([talk], deny);
    const { calls, totals, outcome } = await report();
    expect(outcome).toBe('complete');
    expect(calls).toEqual([
      { task_id: 1, trial: 1, message: 1, call: 'c', tool: 'look', verdict: 'deny', reasons: ['no'], policies: ['no'] },
      { task_id: 1, trial: 1, message: 1, call: 'c', tool: 'take', verdict: 'deny', reasons: ['no'], policies: ['no'] },
    ]);
    expect(totals.calls).toEqual({ sent: 2, allowed: 0, denied: 2, escalated: 0 });
    expect(totals.byReason[0]).toEqual({ verdict: 'deny', reason: 'no', messages: 2 });
    expect(targets[0]?.sent.at(-1)).toMatchObject({ type: 'task_response', inReplyTo: 'm-run:1:2' });
  });

  it('explains the calls that are not allowed, and asks about no other message', async () => {
    const facts = { action: 'look', digest: 'd'.repeat(64), read: [{ name: 'paid', value: 38 }] };
    const sources = [{ policy: 'no', file: 'policies/no.cedar', line: 3 }];
    const decide: Decide = (draft, target) => {
      target.explanation = { sources, facts };
      return draft.to === 'tool:take' ? deliver(draft, target) : stop(draft);
    };
    const { targets, report } = setUp([talk], decide);
    const { calls, stopped } = await report();
    expect(targets[0]?.explained).toEqual(['m-run:1:1']);
    expect(calls).toMatchObject([{ tool: 'look', sources, facts }, { tool: 'take' }]);
    expect(calls[1]).not.toHaveProperty('facts');
    expect(stopped).toMatchObject([
      {
        rule: 'no',
        verdict: 'deny',
        file: 'policies/no.cedar',
        line: 3,
        count: 1,
        calls: [{ tool: 'look', facts, excerpt: [{ role: 'customer', text: 'hello' }] }],
      },
    ]);
  });

  it('does not wait for a held message', async () => {
    const hold: Decide = (draft) => ({ ...allowed(draft), verdict: 'escalate' });
    expect(await setUp([talk], hold).report()).toMatchObject({
      outcome: 'complete',
      totals: { messages: { sent: 4, escalated: 4, delivered: 0 } },
    });
  });

  it('keeps at most so many conversations going', async () => {
    const going = new Set<string>();
    let most = 0;
    const watch: Decide = async (draft, target) => {
      going.add(draft.conversationId);
      most = Math.max(most, going.size);
      await Promise.resolve();
      if (draft.type === 'task_response') going.delete(draft.conversationId);
      return deliver(draft, target);
    };
    await setUp(
      Array.from({ length: 9 }, () => talk),
      watch,
    ).report();
    expect(most).toBe(2);
  });
});

describe('a run that goes wrong', () => {
  it('fails where a verdict cannot be explained, and reports it all the same', async () => {
    const decide: Decide = (draft, target) => {
      target.explanation = new ReplayError('The server cannot be reached.');
      return draft.type === 'task_request' ? stop(draft) : deliver(draft, target);
    };
    const { outcome, problems, calls, stopped } = await setUp([talk], decide).report();
    expect({ outcome, problems }).toEqual({ outcome: 'failed', problems: ['The server cannot be reached.'] });
    expect(calls).toMatchObject([{ tool: 'look', verdict: 'deny' }]);
    expect(stopped).toMatchObject([{ rule: 'no', count: 1 }]);
  });

  it('fails when an allowed message does not arrive in time', async () => {
    const { clock, report } = setUp([talk], (draft) => {
      queueMicrotask(() => setImmediate(() => clock.advance(1000)));
      return allowed(draft);
    });
    const result = await report();
    expect(result.problems).toEqual([
      'A message of line 1 was allowed but not delivered within 1000 ms.',
      '1 messages were allowed but not delivered.',
    ]);
    expect(exitCodeOf(result)).toBe(1);
    expect(lastLine(result)).toBe(`The replay failed: ${result.problems[0]}`);
  });

  it('fails when a message arrives twice', async () => {
    const twice: Decide = (draft, target) => {
      deliver(draft, target);
      return deliver(draft, target);
    };
    const result = await setUp([talk], twice).report();
    expect(result).toMatchObject({ outcome: 'failed', problems: ['4 messages were delivered more than once.'] });
  });

  it('fails with what the target throws, closes it, and keeps what was done', async () => {
    const { targets, report } = setUp([talk], (draft, target) => {
      if (draft.type === 'task_response') throw new Error('the disk is gone');
      return deliver(draft, target);
    });
    const result = await report();
    expect(result).toMatchObject({ outcome: 'failed', messages: 4, totals: { messages: { allowed: 3, unknown: 1 } } });
    expect(result.calls).toHaveLength(2);
    expect(result.problems[0]).toContain('the disk is gone');
    expect(targets[0]?.closed).toBe(1);
  });

  it('ends the waits when the target reports a failure', async () => {
    const { report } = setUp([talk, talk], (draft, { listener }) => {
      queueMicrotask(() => listener.failed(new Error('no deliveries any more')));
      return allowed(draft);
    });
    expect((await report()).problems[0]).toContain('no deliveries any more');
  });

  it('fails without a target', async () => {
    const { report } = setUp([talk], undefined, { openTarget: () => Promise.reject(new Error('nowhere')) });
    expect(await report()).toMatchObject({ outcome: 'failed', messages: 0, conversations: 0 });
  });

  it('fails when the trace cannot be read on', async () => {
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield Buffer.from(`${talk}\n`);
      throw new Error('the trace is gone');
    }
    const result = await setUp([], undefined, { lines: readLines(broken()) }).report();
    expect(result).toMatchObject({ outcome: 'failed', conversations: 1 });
  });

  it('fails for a trace without conversations', async () => {
    expect((await setUp(['', ' ']).report()).problems).toEqual(['The trace holds no conversations.']);
  });
});

describe('a run that is interrupted', () => {
  it('finishes what is under way and sends nothing new', async () => {
    const stop = new AbortController();
    const { targets, report } = setUp(
      [talk, talk, talk],
      (draft, target) => {
        if (draft.key === 'run:1:1') stop.abort();
        return deliver(draft, target);
      },
      { stop: stop.signal, concurrency: 1 },
    );
    const result = await report();
    expect(result).toMatchObject({ outcome: 'interrupted', messages: 2, problems: [], conversations: 1 });
    expect(result.totals.conversations).toEqual({ completed: 0, cut: 1 });
    expect(exitCodeOf(result)).toBe(130);
    expect(lastLine(result)).toMatch(/^Interrupted: 1 conversations, 2 messages .* 1 conversations were cut short\.$/);
    expect(targets[0]?.closed).toBe(1);
  });
});

describe('malformed lines', () => {
  it('are reported with their number, skipped, and change the exit code', async () => {
    const deep = `{"messages":[{"role":"assistant","tool_calls":[{"id":"c","function":{"name":"f","arguments":{"__proto__":1}}}]}]}`;
    const result = await setUp([talk, '{', deep, talk]).report();
    expect(result.malformed).toEqual([
      { line: 2, reason: 'The line is not JSON.' },
      { line: 3, reason: 'messages.0: The content has the key __proto__.' },
    ]);
    expect(result).toMatchObject({ outcome: 'complete', conversations: 2, totals: { malformedLines: 2 } });
    expect(exitCodeOf(result)).toBe(2);
    expect(lastLine(result)).toMatch(/Every message is accounted for\. 2 malformed lines were skipped\.$/);
  });

  it('are those that would make too many agents', async () => {
    const calls = (prefix: string) => Array.from({ length: 600 }, (_, index) => toolCall('c', `${prefix}${index}`));
    const line = (prefix: string) => traceLine([{ role: 'assistant', tool_calls: calls(prefix) }]);
    const result = await setUp([line('a'), line('b'), line('a')]).report();
    expect(result.malformed).toEqual([
      { line: 2, reason: 'With this line the trace would call more than 998 different tools.' },
    ]);
    expect(result.conversations).toBe(2);
  });
});
