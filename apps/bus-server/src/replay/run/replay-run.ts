import { type Clock, systemClock, systemTimers, type Timers } from '@charterbus/core-models';
import type { OpenTarget, ReplayTarget } from '../target/replay-target.js';
import type { Conversation } from '../trace/conversation-schema.js';
import { type MalformedLine, parseConversation } from '../trace/parse-conversation.js';
import type { TraceLine } from '../trace/read-lines.js';
import { type SkipReason, type Step, skipReasons, translate } from '../translate/translate.js';
import { type CallRecord, type RunContext, runConversation } from './conversation-run.js';
import { Latencies } from './latencies.js';
import { Ledger } from './ledger.js';
import { mostAgents, Roster } from './roster.js';
import { StoppedCalls } from './stopped-calls.js';
import { Tally } from './tally.js';

/** What is shown while a run goes on. */
export interface Progress {
  /** A line of so many bytes is done with. */
  line(bytes: number): void;
  /** A message is done with. */
  message(): void;
}

export interface ReplayOptions {
  readonly lines: AsyncIterable<TraceLine>;
  readonly openTarget: OpenTarget;
  /** Conversations at a time. */
  readonly concurrency: number;
  readonly runId: string;
  /** How long a delivery may take, in milliseconds. */
  readonly deliveryMs: number;
  /** Ends the run early: what is under way is finished, nothing new is sent. */
  readonly stop: AbortSignal;
  readonly progress: Progress;
  readonly clock?: Clock;
  readonly timers?: Timers;
}

/** Arguments that were sent as the text that was recorded. */
interface KeptArgumentsRecord {
  readonly task_id: string | number;
  readonly trial: string | number;
  readonly message: number;
  readonly call: string;
  readonly reason: string;
}

/** A conversation of the trace, ready to be sent. */
interface Prepared {
  readonly conversation: Conversation;
  readonly steps: readonly Step[];
  readonly outcome: Outcome;
}

/** What stays of a conversation: not what was said in it. */
interface Outcome {
  /** Filled while it runs. */
  readonly calls: CallRecord[];
  readonly kept: readonly KeptArgumentsRecord[];
}

/** So many malformed lines are listed; the others are counted. */
const listedMalformed = 1000;

/** One run: takes line after line, keeps so many conversations going, and counts. */
export class ReplayRun {
  readonly ledger = new Ledger();
  readonly tally = new Tally();
  readonly stopped = new StoppedCalls();
  readonly latencies = new Latencies();
  readonly skipped: Record<SkipReason, number> = { instruction: 0, empty: 0, unpaired: 0 };
  /** The first of them. */
  readonly malformed: MalformedLine[] = [];
  malformedLines = 0;
  /** In the order of the trace. */
  readonly conversations: Outcome[] = [];
  completed = 0;
  durationMs = 0;
  constitution: ReplayTarget['constitution'] | undefined;
  policies: ReplayTarget['policies'] = new Map();
  failure: unknown;
  readonly #options: ReplayOptions;
  readonly #clock: Clock;
  readonly #broken = new AbortController();
  readonly #running = new Set<Promise<void>>();

  constructor(options: ReplayOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  get interrupted(): boolean {
    return this.#options.stop.aborted;
  }

  /** Resolves when everything that began has ended and the target is closed. Failures are kept, not thrown. */
  async run(): Promise<this> {
    try {
      await using target = await this.#options.openTarget({
        arrived: (arrival) => this.ledger.arrived(arrival),
        failed: (error) => this.#fail(error),
      });
      this.constitution = target.constitution;
      this.policies = target.policies;
      const began = this.#clock.monotonic();
      await this.#readAll(target);
      this.durationMs = this.#clock.monotonic() - began;
    } catch (error) {
      this.#fail(error);
    }
    return this;
  }

  /** Everything that goes wrong comes here; the first counts. */
  #fail(error: unknown): void {
    if (this.#broken.signal.aborted) return;
    this.failure = error;
    this.#broken.abort(error);
  }

  async #readAll(target: ReplayTarget): Promise<void> {
    const { lines, concurrency, stop } = this.#options;
    const halt = AbortSignal.any([stop, this.#broken.signal]);
    const roster = new Roster(target);
    const context = this.#context(target, halt);
    try {
      for await (const line of lines) {
        if (halt.aborted) break;
        this.#take(line, roster, context);
        while (this.#running.size >= concurrency) await Promise.race(this.#running);
      }
    } catch (error) {
      this.#fail(error);
    }
    await Promise.all(this.#running);
  }

  #context(target: ReplayTarget, halt: AbortSignal): RunContext {
    const { deliveryMs, timers = systemTimers, runId, progress } = this.#options;
    const { ledger, tally, stopped, latencies } = this;
    const patience = { milliseconds: deliveryMs, timers, signal: this.#broken.signal };
    const onMessage = (): void => progress.message();
    return { target, ledger, tally, stopped, latencies, clock: this.#clock, patience, halt, runId, onMessage };
  }

  #take(line: TraceLine, roster: Roster, context: RunContext): void {
    const prepared = this.#prepare(line, roster);
    if ('malformed' in prepared) {
      this.malformedLines += 1;
      if (this.malformed.length < listedMalformed) this.malformed.push(prepared.malformed);
      this.#options.progress.line(line.bytes);
      return;
    }
    this.conversations.push(prepared.outcome);
    const running = this.#converse(prepared, roster, context).finally(() => {
      this.#running.delete(running);
      this.#options.progress.line(line.bytes);
    });
    this.#running.add(running);
  }

  #prepare(line: TraceLine, roster: Roster): Prepared | { readonly malformed: MalformedLine } {
    const parsed = parseConversation(line);
    if ('malformed' in parsed) return parsed;
    const { conversation } = parsed;
    const translated = translate(conversation);
    if ('malformed' in translated) return translated;
    const { steps, skipped, keptArguments } = translated.translation;
    if (!roster.admits(steps)) {
      const reason = `With this line the trace would call more than ${mostAgents - 2} different tools.`;
      return { malformed: { line: line.number, reason } };
    }
    for (const reason of skipReasons) this.skipped[reason] += skipped[reason];
    const { taskId, trial } = conversation;
    const kept = keptArguments.map((own) => ({ task_id: taskId, trial, ...own }));
    return { conversation, steps, outcome: { calls: [], kept } };
  }

  async #converse({ conversation, steps, outcome }: Prepared, roster: Roster, context: RunContext): Promise<void> {
    try {
      await roster.join(steps);
      if (await runConversation(conversation, steps, context, outcome.calls)) this.completed += 1;
    } catch (error) {
      this.#fail(error);
    }
  }
}
