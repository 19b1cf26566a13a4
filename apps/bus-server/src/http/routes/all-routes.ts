import type { HttpContext, HttpServer } from '../http-server.js';
import { agentStateRoutes } from './agent-states.js';
import { agentRoutes } from './agents.js';
import { batchRoutes } from './batch.js';
import { claimRoutes } from './claims.js';
import { constitutionRoutes } from './constitutions.js';
import { credentialRoutes } from './credentials.js';
import { deadLetterRoutes } from './dead-letters.js';
import { decisionRoutes } from './decisions.js';
import { haltRoutes } from './halts.js';
import { healthRoutes } from './health.js';
import { messageRoutes } from './messages.js';
import { metricsRoutes } from './metrics.js';
import { pauseRoutes } from './pauses.js';
import { recoveryRoutes } from './recoveries.js';
import { serverRoutes } from './server.js';
import { sessionRoutes } from './sessions.js';
import { settlementRoutes } from './settlements.js';
import { subscriptionRoutes } from './subscriptions.js';
import { usageRoutes } from './usage.js';

const groups = [
  serverRoutes,
  healthRoutes,
  metricsRoutes,
  agentRoutes,
  agentStateRoutes,
  credentialRoutes,
  sessionRoutes,
  messageRoutes,
  batchRoutes,
  decisionRoutes,
  claimRoutes,
  settlementRoutes,
  deadLetterRoutes,
  subscriptionRoutes,
  pauseRoutes,
  haltRoutes,
  constitutionRoutes,
  usageRoutes,
  recoveryRoutes,
];

/** All of HTTP v1, one group a file. */
export const addRoutes = (app: HttpServer, context: HttpContext): void => {
  for (const add of groups) add(app, context);
};
