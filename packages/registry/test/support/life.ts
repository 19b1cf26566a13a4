import { CharterbusError, type ManualClock } from '@charterbus/core-models';
import fc from 'fast-check';
import type { Authenticated, Registry } from '../../src/index.js';

export const capability = 'plan';
/** Two tenants, equal ids throughout; `a-b` and `a` share a beginning, as keys must not mind. */
const tenants = ['a', 'a-b'] as const;
const ids = ['x', 'x', 'y'] as const;

const weights = {
  register: 2,
  'register leased': 4,
  unregister: 1,
  enable: 1,
  disable: 1,
  quarantine: 1,
  reinstate: 1,
  issue: 1,
  'issue short': 2,
  rotate: 3,
  revoke: 1,
  heartbeat: 4,
  wait: 6,
} as const;

export interface LifeStep {
  readonly kind: keyof typeof weights;
  readonly tenant: string;
  readonly agent: string;
  /** For `wait`. */
  readonly milliseconds: number;
}

const kind = fc.oneof(
  ...Object.entries(weights).map(([name, weight]) => ({
    weight,
    arbitrary: fc.constant(name as keyof typeof weights),
  })),
);

export const lifeSteps: fc.Arbitrary<readonly LifeStep[]> = fc.array(
  fc.record({
    kind,
    tenant: fc.constantFrom(...tenants),
    agent: fc.constantFrom(...ids),
    milliseconds: fc.constantFrom(1, 250, 500, 999, 1000, 1001),
  }),
  { maxLength: 60, size: 'max' },
);

/** A token as the model has it. */
interface ModelToken {
  readonly token: string;
  readonly id: string;
  expiresAt: number;
}

/** An agent as the model has it: what it would take a page to derive from the registry's own code. */
export interface ModelAgent {
  isQuarantined: boolean;
  isCapable: boolean;
  readonly leaseMs: number | undefined;
  leaseEndsAt: number;
  tokens: ModelToken[];
  readonly letIn: Authenticated;
}

/** What the model expects of a registry; agents in the order of their registration. */
export class LifeModel {
  readonly agents = new Map<string, ModelAgent>();
  /** Tokens that must never be good again. */
  readonly dead = new Set<string>();
  readonly clock: ManualClock;

  constructor(clock: ManualClock) {
    this.clock = clock;
  }

  status({ isQuarantined, leaseMs, leaseEndsAt }: ModelAgent): string {
    if (isQuarantined) return 'quarantined';
    return leaseMs !== undefined && leaseEndsAt <= this.clock.monotonic() ? 'expired' : 'active';
  }

  keys(holds: (agent: ModelAgent) => boolean): readonly string[] {
    return [...this.agents].filter(([, agent]) => holds(agent)).map(([key]) => key);
  }

  /** All leases begin anew, as they do when a store is opened again. */
  renewAll(): void {
    for (const agent of this.agents.values()) this.renew(agent);
  }

  renew(agent: ModelAgent): void {
    agent.leaseEndsAt = this.clock.monotonic() + (agent.leaseMs ?? 0);
  }
}

export const codeOfPlay = (error: unknown): string => (CharterbusError.isInstance(error) ? error.code : String(error));

const register = async (registry: Registry, model: LifeModel, step: LifeStep): Promise<void> => {
  const { tenant, agent: id } = step;
  const leaseMs = step.kind === 'register' ? undefined : 1000;
  const draft = { id, tenant, capabilities: [capability], ...(leaseMs === undefined ? {} : { leaseMs }) };
  const { token, credential } = await registry.register(draft);
  const agent: ModelAgent = {
    isQuarantined: false,
    isCapable: true,
    leaseMs,
    leaseEndsAt: 0,
    tokens: [{ token, id: credential.id, expiresAt: Number.POSITIVE_INFINITY }],
    letIn: registry.authenticate(token),
  };
  model.renew(agent);
  model.agents.set(`${tenant}/${id}`, agent);
};

const issue = async (registry: Registry, model: LifeModel, step: LifeStep, agent: ModelAgent): Promise<void> => {
  const expiresAt = step.kind === 'issue' ? Number.POSITIVE_INFINITY : model.clock.now() + 1000;
  const { token, credential } = await registry.issueToken(step, step.kind === 'issue' ? {} : { expiresAt });
  agent.tokens.push({ token, id: credential.id, expiresAt });
};

const rotate = async (registry: Registry, model: LifeModel, step: LifeStep, agent: ModelAgent): Promise<void> => {
  const old = agent.tokens.find(({ expiresAt }) => expiresAt > model.clock.now());
  const { token, credential } = await registry.rotateToken(step, old?.id ?? 'none', { overlapMs: 500 });
  agent.tokens.push({ token, id: credential.id, expiresAt: credential.expiresAt ?? Number.POSITIVE_INFINITY });
  if (old !== undefined) old.expiresAt = Math.min(old.expiresAt, model.clock.now() + 500);
};

const revoke = async (registry: Registry, model: LifeModel, step: LifeStep, agent: ModelAgent): Promise<void> => {
  const old = agent.tokens.find(({ expiresAt }) => expiresAt > model.clock.now());
  await registry.revokeCredential(step, old?.id ?? 'none');
  agent.tokens = agent.tokens.filter((one) => one !== old);
  if (old !== undefined) model.dead.add(old.token);
};

const end = async (registry: Registry, model: LifeModel, step: LifeStep, agent: ModelAgent): Promise<void> => {
  await registry.unregister(step);
  model.agents.delete(`${step.tenant}/${step.agent}`);
  for (const { token } of agent.tokens) model.dead.add(token);
};

/** One step on an agent that is there; what the registry refuses is thrown before the model is changed. */
const change = async (registry: Registry, model: LifeModel, step: LifeStep, agent: ModelAgent): Promise<void> => {
  switch (step.kind) {
    case 'unregister':
      return end(registry, model, step, agent);
    case 'enable':
    case 'disable':
      await registry.update(step, { capabilities: step.kind === 'enable' ? [capability] : [] });
      agent.isCapable = step.kind === 'enable';
      return;
    case 'quarantine':
      await registry.quarantine(step, 'why');
      agent.isQuarantined = true;
      return;
    case 'reinstate':
      await registry.reinstate(step, 'why not');
      agent.isQuarantined = false;
      return;
    case 'heartbeat':
      await registry.heartbeat(step);
      return model.renew(agent);
    case 'rotate':
      return rotate(registry, model, step, agent);
    case 'revoke':
      return revoke(registry, model, step, agent);
    default:
      return issue(registry, model, step, agent);
  }
};

/** What the model says that the step has to come to. */
export const expectedCode = (model: LifeModel, { kind, tenant, agent: id }: LifeStep): string => {
  const agent = model.agents.get(`${tenant}/${id}`);
  if (kind === 'wait') return 'done';
  if (kind.startsWith('register')) return agent === undefined ? 'done' : 'AGENT_ALREADY_REGISTERED';
  if (agent === undefined) return 'AGENT_NOT_REGISTERED';
  const live = agent.tokens.filter(({ expiresAt }) => expiresAt > model.clock.now()).length;
  if (kind === 'revoke' || kind === 'rotate') {
    if (live === 0) return 'CREDENTIAL_NOT_FOUND';
    return kind === 'rotate' && live >= 16 ? 'CREDENTIAL_LIMIT_REACHED' : 'done';
  }
  return kind.startsWith('issue') && live >= 16 ? 'CREDENTIAL_LIMIT_REACHED' : 'done';
};

/** Takes one step on both. What the registry refuses is thrown, and changes neither. */
export const takeStep = async (registry: Registry, model: LifeModel, step: LifeStep): Promise<void> => {
  if (step.kind === 'wait') return model.clock.advance(step.milliseconds);
  if (step.kind === 'register' || step.kind === 'register leased') return register(registry, model, step);
  const agent = model.agents.get(`${step.tenant}/${step.agent}`);
  const absent: ModelAgent = {
    isQuarantined: false,
    isCapable: false,
    leaseMs: 1,
    leaseEndsAt: 0,
    tokens: [],
    letIn: {} as never,
  };
  return change(registry, model, step, agent ?? absent);
};
