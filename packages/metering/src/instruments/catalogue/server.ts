import { fastSeconds } from '../buckets.js';
import { counter, gauge, histogram } from '../declare.js';

const routeLabels = [
  // Patterns of routes that are there, never paths that somebody asked for.
  { name: 'route', most: 200 },
  { name: 'method', values: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'] },
  { name: 'status', values: ['1xx', '2xx', '3xx', '4xx', '5xx'] },
] as const;

/** The process, its health, and who asks it over HTTP. */
export const serverMetrics = {
  ...counter('charterbus_http_requests_total', {
    unit: '{request}',
    help: 'Requests that were answered.',
    labels: routeLabels,
  }),
  ...histogram('charterbus_http_request_seconds', {
    unit: 'seconds',
    help: 'From a request to the end of its answer. Long polls wait on purpose.',
    labels: routeLabels,
    buckets: fastSeconds,
  }),
  ...counter('charterbus_background_failures_total', {
    unit: '{failure}',
    help: 'Work that failed while no caller waited for it.',
    labels: [{ name: 'task', most: 100 }],
  }),
  ...gauge('charterbus_circuit_state', {
    unit: '1',
    help: 'Circuit breakers: 1 closed, 0.5 half open, 0 open.',
    labels: [{ name: 'name', most: 200 }],
  }),
  ...gauge('charterbus_health_score', {
    unit: '1',
    help: 'The weighted mean of the health of all components, 0 to 1.',
  }),
  ...gauge('charterbus_health_status', {
    unit: '1',
    help: '1 for the status that the process is in, 0 for the others.',
    labels: [{ name: 'status', values: ['healthy', 'degraded', 'critical'] }],
  }),
  ...gauge('charterbus_component_health', {
    unit: '1',
    help: 'The health of one component, 0 to 1.',
    labels: [{ name: 'component', most: 200 }],
  }),
} as const;
