import { type Agent, type AgentReference, agentKey, StoreError } from '@charterbus/core-models';
import type { AgentFilter, AgentPage, AgentState, RegistryChange } from './agents.js';
import type {
  Authenticated,
  Challenge,
  Credential,
  IssuedCredential,
  KeyProof,
  Registration,
  Rotation,
  Session,
  SessionRequest,
  TokenRequest,
} from './credentials/credential.js';
import { Proofs } from './credentials/proofs.js';
import { parseOverlap, parseReason, parseScopes, parseTokenRequest } from './credentials/requests.js';
import { parseDraft } from './draft.js';
import type { Keeper } from './keeper/keeper.js';
import type { RegistryOptions } from './options.js';
import { parsePatch } from './patch.js';
import { issuing, openingSession, revoking, rotating } from './plans/issuing.js';
import { mustExist, type Plan } from './plans/plan.js';
import { registering, reregistering, unregistering } from './plans/registering.js';
import { quarantining, reinstating, updating } from './plans/updating.js';
import type { Registry } from './registry.js';
import { credentialsOf, isInForce, stateOf, whoHas } from './view/authentication.js';
import type { ChangeStream, ChangeStreamOptions } from './view/change-stream.js';
import { type Entry, isActive } from './view/entry.js';
import { listAgents } from './view/list-agents.js';
import { orAborted, Turns, throwIfAborted } from './view/turns.js';
import type { Watchers } from './view/watchers.js';

/** Copied: the caller's object may change while a change waits. */
const copy = ({ tenant, agent }: AgentReference): AgentReference => ({ tenant, agent });

function* agentsOf(entries: Iterable<Entry>): Iterable<Agent> {
  for (const { record } of entries) yield record.agent;
}

/** A registry over a keeper: it checks what is asked, says what each change is to make of an agent, and answers look-ups. */
export class KeptRegistry implements Registry {
  readonly #keeper: Keeper;
  readonly #options: Required<RegistryOptions>;
  readonly #watchers: Watchers;
  readonly #proofs: Proofs;
  readonly #turns = new Turns();
  #closed: Promise<void> | undefined;

  constructor(keeper: Keeper, options: Required<RegistryOptions>, watchers: Watchers) {
    this.#keeper = keeper;
    this.#options = options;
    this.#watchers = watchers;
    this.#proofs = new Proofs(keeper, options);
  }

  async register(draft: unknown, signal?: AbortSignal): Promise<Registration> {
    this.#admit(signal);
    return this.#change(registering(parseDraft(draft), this.#options), signal);
  }

  async reregister(draft: unknown, proof: KeyProof, signal?: AbortSignal): Promise<Registration> {
    this.#admit(signal);
    const stated = parseDraft(draft);
    const { publicKey } = await orAborted(this.#proofs.prove(proof, stated), signal);
    return this.#change(reregistering(stated, publicKey, this.#options), signal);
  }

  async update(reference: AgentReference, patch: unknown, signal?: AbortSignal): Promise<Agent> {
    this.#admit(signal);
    return this.#change(updating(copy(reference), parsePatch(patch), this.#options), signal);
  }

  async unregister(reference: AgentReference, signal?: AbortSignal): Promise<void> {
    this.#admit(signal);
    await this.#change(unregistering(copy(reference), this.#options), signal);
  }

  async quarantine(reference: AgentReference, reason: string, signal?: AbortSignal): Promise<void> {
    this.#admit(signal);
    await this.#change(quarantining(copy(reference), parseReason(reason), this.#options), signal);
  }

  async reinstate(reference: AgentReference, reason: string, signal?: AbortSignal): Promise<void> {
    this.#admit(signal);
    parseReason(reason);
    await this.#change(reinstating(copy(reference), this.#options), signal);
  }

  async heartbeat(reference: AgentReference, signal?: AbortSignal): Promise<AgentState> {
    this.#admit(signal);
    const agent = copy(reference);
    await orAborted(this.#keeper.heartbeat(agent), signal);
    const entry = this.#keeper.view.entry(agent);
    // It may have been unregistered meanwhile.
    mustExist(entry?.record, agent);
    return stateOf(entry as Entry, this.#options.clock);
  }

  async issueToken(
    reference: AgentReference,
    request: TokenRequest = {},
    signal?: AbortSignal,
  ): Promise<IssuedCredential> {
    this.#admit(signal);
    const parsed = parseTokenRequest(request, this.#options.clock);
    return this.#change(issuing(copy(reference), parsed, this.#options), signal);
  }

  async rotateToken(
    reference: AgentReference,
    credentialId: string,
    rotation: Rotation = {},
    signal?: AbortSignal,
  ): Promise<IssuedCredential> {
    this.#admit(signal);
    const overlapMs = parseOverlap(rotation);
    return this.#change(rotating(copy(reference), { credentialId, overlapMs }, this.#options), signal);
  }

  async revokeCredential(reference: AgentReference, credentialId: string, signal?: AbortSignal): Promise<void> {
    this.#admit(signal);
    await this.#change(revoking(copy(reference), credentialId, this.#options), signal);
  }

  credentials(reference: AgentReference): readonly Credential[] {
    return credentialsOf(this.#keeper.view.entry(reference), this.#options.clock);
  }

  async challenge(reference: AgentReference, signal?: AbortSignal): Promise<Challenge> {
    this.#admit(signal);
    return orAborted(this.#proofs.challenge(copy(reference)), signal);
  }

  async openSession(request: SessionRequest, signal?: AbortSignal): Promise<Session> {
    this.#admit(signal);
    const scopes = parseScopes(request.scopes);
    const { reference, publicKey } = await orAborted(this.#proofs.prove(request), signal);
    return this.#change(openingSession(reference, { provenKey: publicKey, scopes }, this.#options), signal);
  }

  checkCurrent(): void {
    this.#keeper.checkCurrent();
  }

  find(reference: AgentReference): Agent | undefined {
    return this.#keeper.view.entry(reference)?.record.agent;
  }

  state(reference: AgentReference): AgentState | undefined {
    const entry = this.#keeper.view.entry(reference);
    return entry === undefined ? undefined : stateOf(entry, this.#options.clock);
  }

  route(reference: AgentReference): Agent | undefined {
    const entry = this.#keeper.view.entry(reference);
    return entry !== undefined && isActive(entry) ? entry.record.agent : undefined;
  }

  authenticate(token: string): Authenticated {
    this.#keeper.checkCurrent();
    return whoHas(token, this.#keeper.view, this.#options.clock);
  }

  isInForce(authenticated: Authenticated): boolean {
    return isInForce(authenticated, this.#keeper.view, this.#options.clock);
  }

  members(tenant: string): Iterable<Agent> {
    return this.#keeper.view.members(tenant);
  }

  withCapability(tenant: string, capability: string): Iterable<Agent> {
    return agentsOf(this.#keeper.view.withCapability(tenant, capability));
  }

  list(filter: AgentFilter): AgentPage {
    return listAgents(filter, this.#keeper.view);
  }

  watch(listener: (change: RegistryChange) => void): Disposable {
    return this.#watchers.add(listener);
  }

  changes(options: ChangeStreamOptions = {}, signal?: AbortSignal): ChangeStream {
    return this.#watchers.stream(options, signal);
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    await this.#turns.settled();
    await this.#keeper.close();
    this.#watchers.clear();
  }

  /** One change of an agent at a time: who comes second sees what the first one left. */
  #change<Result>(plan: Plan<Result>, signal: AbortSignal | undefined): Promise<Result> {
    const change = (): Promise<Result> => {
      this.#throwIfClosed();
      return this.#keeper.change(plan);
    };
    return this.#turns.run(agentKey(plan.reference), change, signal);
  }

  /** @throws OperationError `ABORTED`; StoreError `STORE_UNAVAILABLE` where the registry is closed. */
  #admit(signal: AbortSignal | undefined): void {
    throwIfAborted(signal);
    this.#throwIfClosed();
  }

  #throwIfClosed(): void {
    if (this.#closed !== undefined) throw new StoreError('STORE_UNAVAILABLE', 'The registry is closed.');
  }
}
