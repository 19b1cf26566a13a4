import { warnOfFailure } from '@charterbus/recovery';
import type { ConstitutionParts } from '../constitution-parts.js';
import type { Explanation, Explanations } from './explanations.js';
import type { JudgementRequest } from './judgement-request.js';
import { failedRuling, type Ruling } from './ruling.js';

/** Tells whoever watches of judgements that failed for a reason which their verdict does not tell. */
export class Faults {
  readonly #onFault: ConstitutionParts['onFault'];

  constructor(onFault: ConstitutionParts['onFault']) {
    this.#onFault = onFault;
  }

  /** What a fault comes to: a denial, whatever becomes of telling it. */
  tell(request: JudgementRequest, cause: unknown): Ruling {
    try {
      this.#onFault?.({ request, cause });
    } catch (error) {
      // Whoever only watches cannot change a verdict.
      warnOfFailure('observer of faulty judgements', error);
    }
    return failedRuling;
  }
}

/** Facts that cannot be explained, such as none at all from untyped code, are none to allow by. */
export const explain = (
  explanations: Explanations,
  ruling: Ruling,
  request: JudgementRequest,
  faults: Faults,
): Ruling & Explanation => {
  try {
    return { ...ruling, ...explanations.of(ruling, request.facts) };
  } catch (error) {
    return ruling === failedRuling ? ruling : faults.tell(request, error);
  }
};
