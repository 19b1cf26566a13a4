import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AgentHandle, Bus } from '@charterbus/bus';
import { AgentError, type ErrorCode } from '@charterbus/core-models';
import type { BundleTrust } from '@charterbus/policy-client';
import type { FastifyBaseLogger, FastifyInstance, FastifyRequest } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import type { Registry } from 'prom-client';
import type { BundleReports } from '../serve/bundles/bundle-reports.js';
import type { JsonFinding } from './json/scan.js';
import type { Access, Principal } from './principal.js';
import type { Timing } from './unhurried.js';

/** What each route says of itself besides its schemas. */
interface RouteConfig {
  readonly access: Access;
  /** The code by which a body that is JSON but not valid is refused. Default `REQUEST_INVALID`. */
  readonly invalid?: Extract<ErrorCode, 'MESSAGE_INVALID' | 'AGENT_INVALID' | 'REQUEST_INVALID'>;
  /** No body counts as an empty object. */
  readonly bodyOptional?: boolean;
  /** Begins something new, and so is refused while the server drains. */
  readonly begins?: boolean;
  /** Takes no token, and so is answered only so often for each address. */
  readonly strangers?: boolean;
  /** How many of these requests an agent may have at a time. */
  readonly atOnce?: number;
  /** Takes a bundle where it takes JSON. */
  readonly takesBundles?: boolean;
  /** Says itself what is wrong with which part of its body. */
  readonly findsItself?: boolean;
}

declare module 'fastify' {
  interface FastifyContextConfig extends Partial<RouteConfig> {}
  interface FastifyRequest {
    /** Nobody on routes that are open. */
    principal: Principal | null;
    /** What is wrong with the body though it is JSON; nothing without a body. */
    findings: readonly JsonFinding[] | null;
  }
}

export type HttpServer = FastifyInstance<Server, IncomingMessage, ServerResponse, FastifyBaseLogger, ZodTypeProvider>;

/** What a server that follows bundles tells of it. */
export interface BundlesServed {
  /** The name of the only constitution that is taken. */
  readonly constitution: string;
  readonly trust: BundleTrust | 'unsigned';
  readonly reports: Pick<BundleReports, 'refused' | 'taken'>;
}

/** Who may read metrics, and what belongs to them besides the bus' own. */
export interface MetricsServed {
  readonly access: 'operator' | 'open' | 'off';
  /** Of the process. */
  readonly process?: Registry | undefined;
}

/** What the routes work with. */
export interface HttpContext {
  readonly bus: Bus;
  /** Aborts when the server is to end: nothing new begins, and whoever waits is let go. */
  readonly draining: AbortSignal;
  readonly timing: Timing;
  readonly metrics: MetricsServed;
  /** Where constitutions come from as bundles. */
  readonly bundles?: BundlesServed | undefined;
}

/** The speaking agent, on routes whose access is `agent`. */
export const agentOf = ({ principal }: Pick<FastifyRequest, 'principal'>): AgentHandle => {
  if (principal?.kind === 'agent') return principal.handle;
  throw new AgentError('AGENT_REQUIRED', "This takes an agent's token.");
};

/** On routes whose access is `either`: what the agent gets, or what the operator gets. */
export const asWhoSpeaks = <T>(
  { principal }: Pick<FastifyRequest, 'principal'>,
  by: { readonly agent: (handle: AgentHandle) => T; readonly operator: () => T },
): T => {
  if (principal?.kind === 'agent') return by.agent(principal.handle);
  if (principal?.kind === 'operator') return by.operator();
  throw new AgentError('CREDENTIAL_REFUSED', 'This takes a token.');
};
