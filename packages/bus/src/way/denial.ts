import { type CharterbusError, errorCatalogue, errorOfCode, type Verdict } from '@charterbus/core-models';

/** The error that a sender gets for a denied message; `verdict` must be fit for its eyes. */
export const denialError = (verdict: Verdict, messageId: string): CharterbusError => {
  const { code = 'POLICY_DENIED', reasons, policies, point } = verdict;
  const named = (policies.length > 0 ? policies : (verdict.facts?.wanting ?? [])).join(', ');
  const details = { messageId, reasons, policies, point };
  return errorOfCode(code, `${errorCatalogue[code].title}${named === '' ? '' : ` (${named})`}.`, { details });
};
