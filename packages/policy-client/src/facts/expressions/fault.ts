/** Why a fact cannot be had, as opposed to being absent. */
export class FactFault extends Error {
  override readonly name = 'FactFault';

  readonly code: 'FACT_UNAVAILABLE' | 'FACT_INVALID';

  constructor(code: 'FACT_UNAVAILABLE' | 'FACT_INVALID', message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
  }
}

/** That the evaluation needs the answer of a provider, has asked for it and will be repeated. */
export class Suspension extends Error {
  override readonly name = 'Suspension';
}
