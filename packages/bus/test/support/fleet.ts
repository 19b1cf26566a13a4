import { CharterbusError, type Delivery, ManualClock, type MessageDraft, type Receipt } from '@charterbus/core-models';
import type { Constitution } from '@charterbus/policy-client';
import { type Rule, rulesConstitution } from '@charterbus/policy-client/testing';
import { onTestFinished } from 'vitest';
import { type AgentHandle, type Bus, type BusOptions, createBus } from '../../src/index.js';

/** What the rules of a test let pass by default: everything inside a tenant; governance is escalated. */
export const plainRules: readonly Rule[] = [
  {
    id: 'inside',
    effect: 'permit',
    sameTenant: true,
    messageTypes: ['query', 'response', 'event', 'command', 'task_request', 'task_response'],
  },
  { id: 'receive', effect: 'permit', point: 'receive' },
  {
    id: 'governance',
    effect: 'permit',
    point: 'send',
    sameTenant: true,
    messageTypes: ['governance_request'],
    escalate: 'approval',
  },
  {
    id: 'no-commands-without-role',
    effect: 'forbid',
    point: 'send',
    messageTypes: ['command'],
    senderWithoutRole: true,
  },
];

export interface Fleet {
  readonly bus: Bus;
  readonly clock: ManualClock;
  readonly failures: string[];
  readonly planner: AgentHandle;
  readonly worker: AgentHandle;
  /** Has the worker's id in another tenant. */
  readonly stranger: AgentHandle;
}

export interface FleetOptions extends Omit<BusOptions, 'clock' | 'timers' | 'constitution'> {
  readonly rules?: readonly Rule[];
  readonly constitution?: Constitution;
  readonly manifest?: NonNullable<Parameters<typeof rulesConstitution>[1]>['manifest'];
}

/** A bus whose time stands still until it is moved; closed when the test is finished. */
export const startBus = async ({ rules = plainRules, manifest, ...options }: FleetOptions = {}) => {
  const clock = new ManualClock();
  const failures: string[] = [];
  const constitution =
    options.constitution ??
    rulesConstitution(rules, { clock, timers: clock, ...(manifest === undefined ? {} : { manifest }) });
  const bus = await createBus({
    onBackgroundError: (task, error) => void failures.push(`${task}: ${codeOf(error)}`),
    ...options,
    constitution,
    clock,
    timers: clock,
  });
  onTestFinished(async () => void (await bus.drain(0)));
  return { bus, clock, failures };
};

/** Two agents of one tenant and a stranger. */
export const startFleet = async (options: FleetOptions = {}): Promise<Fleet> => {
  const started = await startBus(options);
  const { bus } = started;
  const { handle: planner } = await bus.register({ tenant: 'acme', id: 'planner', role: 'executive' });
  const { handle: worker } = await bus.register({ tenant: 'acme', id: 'worker' });
  const { handle: stranger } = await bus.register({ tenant: 'rival', id: 'worker' });
  return { ...started, planner, worker, stranger };
};

const codeOf = (error: unknown): string => (CharterbusError.isInstance(error) ? error.code : String(error));

/** The error that a call rejects with. */
export const refusal = async (call: Promise<unknown>): Promise<CharterbusError> => {
  const [outcome] = await Promise.allSettled([call]);
  if (outcome.status === 'rejected' && CharterbusError.isInstance(outcome.reason)) return outcome.reason;
  throw new Error(`Expected a refusal, got ${outcome.status === 'fulfilled' ? 'success' : String(outcome.reason)}.`);
};

export const toWorker = (more: Partial<MessageDraft> = {}): MessageDraft => ({
  to: { agent: 'worker' },
  type: 'query',
  content: { question: 'ready?' },
  ...more,
});

/** Claims once and gives back what came. */
export const claimAll = (handle: AgentHandle) =>
  handle.claim({ max: 100, waitMs: 0, leaseMs: 30_000, signal: new AbortController().signal });

/** What a delivery is settled with. */
export const proofOf = ({ id: deliveryId, fencingToken }: Delivery) => ({ deliveryId, fencingToken });

/** Resolves with the arguments of the first call. */
export const firstCall = <T>() => {
  const { promise, resolve } = Promise.withResolvers<T>();
  return { called: promise, call: (value: T): void => resolve(value) };
};

/** Sends something that is escalated and gives back its receipt. */
export const sendHeld = (handle: AgentHandle): Promise<Receipt> =>
  handle.send({ to: { agent: 'worker' }, type: 'governance_request', content: { change: 'limits' } });

export const untilAborted = (signal: AbortSignal): Promise<void> => {
  const { promise, resolve } = Promise.withResolvers<void>();
  signal.addEventListener('abort', () => resolve(), { once: true });
  if (signal.aborted) resolve();
  return promise;
};

/** One turn of the event loop: commits that wait are made in it. */
export const turn = (): Promise<void> => {
  const { promise, resolve } = Promise.withResolvers<void>();
  setImmediate(resolve);
  return promise;
};

/** Resolves when the message has reached the status. */
export const untilTrace = async (bus: Bus, messageId: string, status: string): Promise<void> => {
  // Each turn lets commits that are under way finish; a commit takes at most a few of them.
  for (let count = 0; count < 10_000; count++) {
    if ((await bus.operations.trace(messageId)).status === status) return;
    await turn();
  }
  throw new Error(`The message did not become ${status}, it is ${(await bus.operations.trace(messageId)).status}.`);
};
