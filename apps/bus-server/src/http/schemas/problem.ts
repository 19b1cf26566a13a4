import { type ErrorCode, errorCatalogue } from '@charterbus/core-models';
import { z } from 'zod';

const codes = Object.keys(errorCatalogue) as [ErrorCode, ...ErrorCode[]];

/** An RFC 9457 problem document. What an error says beyond these members stands beside them. */
export const problemSchema = z
  .looseObject({
    type: z.string().describe('A URN, one for each code.'),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    code: z.enum(codes).describe('Stable: what programs look at.'),
    remedy: z.enum(['fix-request', 'retry-later', 'seek-approval', 'give-up']).describe('What the caller must do.'),
    reasons: z.array(z.string()).readonly(),
    retryAfterMs: z.number().optional(),
  })
  .describe('A problem document (RFC 9457).');

export const problemMediaType = 'application/problem+json';

interface ProblemReply {
  readonly description: string;
  readonly content: { readonly [problemMediaType]: { readonly schema: typeof problemSchema } };
}

const everywhere: readonly ErrorCode[] = ['INTERNAL_ERROR', 'REQUEST_TIMEOUT', 'HEADERS_TOO_LARGE'];
/** What comes of any route that takes a token. */
const ofTokens: readonly ErrorCode[] = [
  'AGENT_QUARANTINED',
  'REGISTRY_STALE',
  'STORE_UNAVAILABLE',
  'TOO_MANY_REQUESTS',
];
/** What comes of any route that is an agent's: of limited credentials, and of the kill switch. */
const ofAgents: readonly ErrorCode[] = ['SCOPE_REQUIRED', 'AGENT_LEASE_EXPIRED', 'HALT_IN_FORCE'];

const implied = (codesOfRoute: readonly ErrorCode[]): readonly ErrorCode[] => [
  ...(codesOfRoute.includes('CREDENTIAL_REFUSED') ? ofTokens : []),
  ...(codesOfRoute.includes('AGENT_REQUIRED') ? ofAgents : []),
  ...everywhere,
];

/** The problem documents that a route may answer, by status, for its reply schemas. */
export const problems = (...codesOfRoute: readonly ErrorCode[]): Readonly<Record<number, ProblemReply>> => {
  const byStatus = Map.groupBy([...codesOfRoute, ...implied(codesOfRoute)], (code) => errorCatalogue[code].status);
  const replies = [...byStatus].map(([status, grouped]) => {
    const description = [...new Set(grouped)].map((code) => `\`${code}\`: ${errorCatalogue[code].title}.`).join(' ');
    return [status, { description, content: { [problemMediaType]: { schema: problemSchema } } }];
  });
  return Object.fromEntries(replies) as Readonly<Record<number, ProblemReply>>;
};
