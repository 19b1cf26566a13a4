import {
  AgentError,
  type CharterbusError,
  ConstitutionalError,
  DeliberationError,
  type ErrorCode,
  type ErrorOptionsWithDetails,
  errorCatalogue,
  MessageError,
  PolicyError,
  type Verdict,
} from '@charterbus/core-models';

type Build = (code: never, message: string, options: ErrorOptionsWithDetails) => CharterbusError;

const builders: Readonly<Partial<Record<string, Build>>> = {
  constitutional: (code, message, options) => new ConstitutionalError(code, message, options),
  message: (code, message, options) => new MessageError(code, message, options),
  agent: (code, message, options) => new AgentError(code, message, options),
  deliberation: (code, message, options) => new DeliberationError(code, message, options),
};

/** The error that a sender gets for a denied message; `verdict` must be fit for its eyes. */
export const denialError = (verdict: Verdict, messageId: string): CharterbusError => {
  const code: ErrorCode = verdict.code ?? 'POLICY_DENIED';
  const { category, title } = errorCatalogue[code];
  const build = builders[category] ?? ((own: never, message, options) => new PolicyError(own, message, options));
  const named = verdict.policies.length > 0 ? ` (${verdict.policies.join(', ')})` : '';
  return build(code as never, `${title}${named}.`, {
    details: { messageId, reasons: verdict.reasons, policies: verdict.policies, point: verdict.point },
  });
};
