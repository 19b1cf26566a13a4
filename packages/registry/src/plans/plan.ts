import {
  AgentError,
  type AgentReference,
  agentKey,
  type Clock,
  type IdSource,
  type RandomSource,
} from '@charterbus/core-models';
import type { RegistryChangeKind } from '../agents.js';
import type { AgentRecord } from '../record/agent-record.js';

/** What a plan makes of the agent that it finds. */
export type Made<Result> =
  | {
      /** The id of the change; of a record that is kept, its version. */
      readonly version: string;
      /** Nothing where the agent ends. */
      readonly next: AgentRecord | undefined;
      /** @param agent as look-ups have it. */
      readonly result: (agent: AgentRecord['agent']) => Result;
    }
  | { readonly unchanged: Result };

/** One change of one agent, before it is known what it will find. */
export interface Plan<Result> {
  readonly kind: RegistryChangeKind;
  readonly reference: AgentReference;
  /** It ends or narrows something: it must be possible also where the store is full. */
  readonly isNarrowing?: boolean;
  /** Whoever plans the same again, after the outcome was unknown, gets what came of it. */
  readonly sameAs?: string;
  /**
   * Pure but for the ids and secrets that it draws: where somebody else was faster, it is asked again.
   *
   * @throws CharterbusError where it cannot be done to such an agent.
   */
  readonly make: (record: AgentRecord | undefined) => Made<Result>;
}

/** What plans draw on. */
export interface PlanSources {
  readonly clock: Pick<Clock, 'now'>;
  readonly ids: IdSource;
  readonly random: RandomSource;
  readonly sessionMs: number;
}

/** @throws AgentError `AGENT_NOT_REGISTERED` */
export const mustExist = (record: AgentRecord | undefined, reference: AgentReference): AgentRecord => {
  if (record !== undefined) return record;
  throw new AgentError('AGENT_NOT_REGISTERED', `There is no agent ${agentKey(reference)}.`);
};

export const nothing = (): void => {};
