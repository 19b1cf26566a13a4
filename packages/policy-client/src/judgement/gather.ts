import type { ConstitutionFacts, GatherOptions } from '../facts/constitution-facts.js';
import type { FactSubject, GatheredFacts, WantingFacts } from '../facts/gathered-facts.js';
import { type Deadline, isThenable, within } from './ask.js';

export interface GatherCall {
  readonly subject: FactSubject;
  readonly options: GatherOptions;
  readonly deadline: Deadline;
  /** Whether anybody outside may have to be asked. Without, nothing is made that could stop them. */
  readonly asksOutside: boolean;
}

const nothing = (call: GatherCall, code: WantingFacts['code'], cause?: unknown): GatheredFacts => ({
  action: call.subject.point,
  now: call.options.now,
  values: {},
  wanting: { code, names: [], ...(cause === undefined ? {} : { cause }) },
});

const waitFor = async (
  pending: PromiseLike<GatheredFacts>,
  call: GatherCall,
  signal: AbortSignal,
  stop: AbortController,
): Promise<GatheredFacts> => {
  const asked = await within(pending, call.deadline, signal, stop);
  if (asked.outcome === 'answered') return asked.answer;
  return asked.outcome === 'timeout' ? nothing(call, 'POLICY_TIMEOUT') : nothing(call, 'FACT_UNAVAILABLE', asked.error);
};

/** Gathers facts and never throws: what goes wrong, or is not there by the deadline, is wanting. */
export const gather = (
  facts: ConstitutionFacts,
  call: GatherCall,
  signal: AbortSignal,
): GatheredFacts | Promise<GatheredFacts> => {
  const stop = call.asksOutside ? new AbortController() : undefined;
  try {
    const gathered = facts.gather(call.subject, call.options, stop?.signal ?? signal);
    return isThenable(gathered) ? waitFor(gathered, call, signal, stop ?? new AbortController()) : gathered;
  } catch (error) {
    return nothing(call, 'FACT_UNAVAILABLE', error);
  }
};
