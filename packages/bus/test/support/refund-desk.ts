import { type Clock, seededRandom } from '@charterbus/core-models';
import type { Constitution, EngineRequest } from '@charterbus/policy-client';
import { snapshotConstitution, type TestConstitutionOptions } from '@charterbus/policy-client/testing';
import type { AgentHandle } from '../../src/index.js';
import { refundFacts } from './refund-facts.js';

const onceDone = ({ facts }: EngineRequest) => {
  const done = facts['done'];
  return typeof done === 'number' && done > 0
    ? { decision: 'deny', policies: ['once'], errors: [] }
    : { decision: 'allow', policies: ['all'], errors: [] };
};

const record = { file: 'rules', line: 1, annotations: {}, digest: 'a'.repeat(64) } as const;

export interface DeskOptions extends TestConstitutionOptions {
  readonly clock: Clock;
  /** Taken by facts and by the engine, each time. */
  readonly pause?: () => Promise<void>;
  /** The permit asks for a decision. */
  readonly escalates?: boolean;
}

/** Of each order one thing may be done, once. */
export const deskConstitution = ({ pause, escalates = false, ...options }: DeskOptions): Constitution => {
  const permit = { ...record, id: 'all', effect: 'permit' as const };
  return snapshotConstitution(
    {
      policies: [
        escalates ? { ...permit, escalate: 'look' } : permit,
        { ...record, id: 'once', effect: 'forbid', line: 2 },
      ],
      evaluate: pause === undefined ? onceDone : (request) => pause().then(() => onceDone(request)),
      close: () => Promise.resolve(),
    },
    { facts: refundFacts(pause), ...options },
  );
};

/** Waits a few turns of the microtask queue, as many as the seed says: every seed is another schedule. */
export const seededPause = (seed: number): (() => Promise<void>) => {
  const random = seededRandom(seed);
  return async () => {
    const [turns = 0] = random.bytes(1);
    for (let count = turns % 12; count > 0; count--) await Promise.resolve();
  };
};

export const doOnce = (agent: AgentHandle, tool: string, order: string, conversationId = order) =>
  agent.send({ to: { agent: 'worker' }, type: 'task_request', content: { tool, order }, conversationId });
