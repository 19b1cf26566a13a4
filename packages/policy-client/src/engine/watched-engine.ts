import { context, type Span, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { isThenable } from '../judgement/ask.js';
import type { EngineCalls } from './engine-calls.js';
import type { EngineSnapshot, PolicyEngine } from './policy-engine.js';
import { registeredTracer } from './tracing.js';

type Outcome = 'answered' | 'failed';

const outcomeOf = (answer: unknown): Outcome => {
  const errors = typeof answer === 'object' && answer !== null && 'errors' in answer ? answer.errors : undefined;
  return Array.isArray(errors) && errors.length === 0 ? 'answered' : 'failed';
};

const decisionOf = (answer: unknown): string | undefined => {
  const decision = typeof answer === 'object' && answer !== null && 'decision' in answer ? answer.decision : undefined;
  return decision === 'allow' || decision === 'deny' ? decision : undefined;
};

/** Times the calls to one engine, tells of them, and puts a span round each where an SDK is registered. */
class Watch {
  readonly #engine: string;
  readonly #calls: EngineCalls;

  constructor(engine: string, calls: EngineCalls) {
    this.#engine = engine;
    this.#calls = calls;
  }

  /** @param read what of the answers says whether they are of use. */
  around<T>(ask: () => T, read: (answer: Awaited<T>) => unknown): T {
    const span = this.#span();
    const began = this.#calls.clock.monotonic();
    const end = (outcome: Outcome, answer?: unknown): void => this.#end(began, span, outcome, answer);
    let answer: T;
    try {
      answer = span === undefined ? ask() : context.with(trace.setSpan(context.active(), span), ask);
    } catch (error) {
      end('failed');
      throw error;
    }
    const answered = (whole: unknown): void => {
      const said = read(whole as Awaited<T>);
      end(outcomeOf(said), said);
    };
    if (!isThenable(answer)) answered(answer);
    else Promise.resolve(answer).then(answered, () => end('failed'));
    return answer;
  }

  #span(): Span | undefined {
    const tracer = registeredTracer();
    // Of what is not part of a judgement that is recorded, such as a constitution's own tests, there are none.
    if (tracer === undefined || trace.getActiveSpan()?.isRecording() !== true) return undefined;
    const kind = this.#engine === 'opa' ? SpanKind.CLIENT : SpanKind.INTERNAL;
    const attributes = { 'charterbus.engine.kind': this.#engine };
    return tracer.startSpan(`evaluate ${this.#engine}`, { kind, attributes });
  }

  #end(began: number, span: Span | undefined, outcome: Outcome, answer: unknown): void {
    const { clock } = this.#calls;
    const seconds = (clock.monotonic() - began) / 1000;
    const recorded = span?.isRecording() === true ? { span: span.spanContext() } : {};
    this.#calls.tell({ engine: this.#engine, outcome, seconds, ...recorded });
    if (span === undefined) return;
    const decision = decisionOf(answer);
    if (decision !== undefined) span.setAttribute('charterbus.engine.decision', decision);
    if (outcome === 'failed') {
      span.setAttribute('error.type', 'POLICY_EVALUATION_FAILED');
      span.setStatus({ code: SpanStatusCode.ERROR });
    }
    span.end();
  }
}

/** The worst of several answers speaks for all. */
const worst = (answers: readonly unknown[]): unknown =>
  answers.find((answer) => outcomeOf(answer) === 'failed') ?? answers[0];

const watchedSnapshot = (snapshot: EngineSnapshot, watch: Watch): EngineSnapshot => ({
  policies: snapshot.policies,
  // What an engine cannot do stays absent: by that it is known.
  ...(snapshot.reads === undefined ? {} : { reads: (action) => snapshot.reads?.(action) }),
  evaluate: (request, signal) =>
    watch.around(
      () => snapshot.evaluate(request, signal),
      (answer) => answer,
    ),
  ...(snapshot.evaluateMany === undefined
    ? {}
    : { evaluateMany: (requests, signal) => watch.around(() => manyOf(snapshot, requests, signal), worst) }),
  close: () => snapshot.close(),
});

const manyOf = (
  snapshot: EngineSnapshot,
  ...[requests, signal]: Parameters<NonNullable<EngineSnapshot['evaluateMany']>>
): Promise<readonly unknown[]> => snapshot.evaluateMany?.(requests, signal) ?? Promise.resolve([]);

/** The engine, with each call to it told to those who watch. */
export const watchedEngine = (engine: PolicyEngine, calls: EngineCalls | undefined): PolicyEngine =>
  calls === undefined
    ? engine
    : {
        kind: engine.kind,
        capabilities: engine.capabilities,
        async load(sources, actions, signal) {
          const loaded = await engine.load(sources, actions, signal);
          if (loaded.snapshot === undefined) return loaded;
          return { ...loaded, snapshot: watchedSnapshot(loaded.snapshot, new Watch(engine.kind, calls)) };
        },
      };
