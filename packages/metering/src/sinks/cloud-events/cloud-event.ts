import { rfc3339 } from '@charterbus/core-models';
import type { UsageEvent } from '../../usage/usage-record.js';

/** Who an event is about: whose bill it goes on. */
export type CloudEventSubject = 'tenant' | 'agent';

/** CloudEvents 1.0 in the JSON format, as OpenMeter takes it. */
export interface CloudEvent {
  readonly specversion: '1.0';
  /** The same each time that it is sent: whoever receives it drops what it has by source and id. */
  readonly id: string;
  readonly source: string;
  readonly type: string;
  /** `tenant`, or `tenant/agent`. */
  readonly subject: string;
  readonly time: string;
  readonly datacontenttype: 'application/json';
  readonly data: CloudEventData;
}

/** Numbers to sum, and texts to group by. */
export interface CloudEventData {
  readonly operation: string;
  readonly tier: string;
  readonly outcome: string;
  readonly tenant: string;
  readonly agent: string;
  readonly messageType?: string;
  readonly tool?: string;
  readonly quantity: number;
  readonly bytes?: number;
  readonly inputTokens?: number;
  readonly outputTokens?: number;
  /** Input and output together. */
  readonly tokens?: number;
  /** In the deployment's currency. */
  readonly cost?: number;
}

const dataOf = (event: UsageEvent): CloudEventData => {
  const {
    agent,
    bytes,
    costMicros,
    inputTokens,
    operation,
    outcome,
    outputTokens,
    quantity,
    tenant,
    tier,
    tool,
    type,
  } = event;
  const tokens =
    inputTokens === undefined && outputTokens === undefined ? undefined : (inputTokens ?? 0) + (outputTokens ?? 0);
  const cost = costMicros === undefined ? undefined : costMicros / 1_000_000;
  const stated = { messageType: type, tool, bytes, inputTokens, outputTokens, tokens, cost };
  const defined = Object.fromEntries(Object.entries(stated).filter(([, value]) => value !== undefined));
  return { operation, tier, outcome, tenant, agent, quantity, ...defined };
};

export const cloudEventOf = (
  event: UsageEvent,
  { source, subject, type }: { readonly source: string; readonly subject: CloudEventSubject; readonly type: string },
): CloudEvent => ({
  specversion: '1.0',
  id: event.id,
  source,
  type,
  subject: subject === 'tenant' ? event.tenant : `${event.tenant}/${event.agent}`,
  time: rfc3339(event.at),
  datacontenttype: 'application/json',
  data: dataOf(event),
});
