import { ReplayError } from '../../replay-error.js';
import { partOf } from '../../translate/agent-names.js';
import { denialDecision, explanationOf, isDenial, isForgotten, receiptDecision } from '../decision.js';
import type {
  ConstitutionIdentity,
  Decision,
  Explanation,
  PolicyText,
  ReplayDraft,
  ReplayTarget,
  TargetListener,
} from '../replay-target.js';
import { constitutionAnswer, nothingAnswer, receiptAnswer, registrationAnswer, traceAnswer } from './answers.js';
import { type BusClient, ServerRefusal } from './bus-client.js';
import { Consumer } from './consumer.js';

/** A constitution at hand. The server tells no policies: their texts are taken from here. */
export interface ExpectedConstitution {
  /** Full. */
  readonly hash: string;
  readonly policies: ReadonlyMap<string, PolicyText>;
}

export interface ServerTargetOptions {
  readonly client: BusClient;
  readonly operatorToken: string;
  /** Of this run alone. */
  readonly tenant: string;
  /** What must be in force; absent: anything. */
  readonly expected?: ExpectedConstitution;
}

interface Participant {
  readonly token: string;
  readonly consumer: Consumer;
}

/** A running server, over HTTP v1, in a tenant of this run. */
class ServerTarget implements ReplayTarget {
  readonly constitution: ConstitutionIdentity;
  readonly policies: ReadonlyMap<string, PolicyText>;
  readonly #options: ServerTargetOptions;
  readonly #listener: TargetListener;
  readonly #participants = new Map<string, Participant>();
  /** Also those whose registration is not answered yet. */
  readonly #registered = new Set<string>();
  #closed: Promise<void> | undefined;

  constructor(constitution: ConstitutionIdentity, options: ServerTargetOptions, listener: TargetListener) {
    this.constitution = constitution;
    this.policies = options.expected?.policies ?? new Map();
    this.#options = options;
    this.#listener = listener;
  }

  async join(agent: string): Promise<void> {
    this.#registered.add(agent);
    const token = await this.#register(agent);
    const consumer = new Consumer(this.#options.client, agent, token, this.#listener);
    this.#participants.set(agent, { token, consumer });
  }

  async send({ from, to, key, ...draft }: ReplayDraft): Promise<Decision> {
    const participant = this.#participants.get(from);
    if (participant === undefined) throw new Error(`The agent ${from} has not joined.`);
    const { shortHash: constitutionalHash } = this.constitution;
    // The key makes a repeated attempt the same message, where the answer to the first was lost.
    const body = { ...draft, to: { agent: to }, constitutionalHash, dedupeKey: key };
    const { token } = participant;
    try {
      const request = { method: 'POST', path: '/v1/messages', token, body, answer: receiptAnswer } as const;
      return receiptDecision(await this.#options.client.request(request));
    } catch (error) {
      if (!(error instanceof ServerRefusal)) throw error;
      if (error.code === 'CONSTITUTIONAL_HASH_MISMATCH') {
        throw new ReplayError("The server's constitution changed during the replay.", { cause: error });
      }
      if (isDenial(error.code)) return denialDecision(error.code, error.details);
      throw error;
    }
  }

  async explain(messageId: string, verdict: 'deny' | 'escalate'): Promise<Explanation> {
    const { client, operatorToken } = this.#options;
    const path = `/v1/messages/${encodeURIComponent(messageId)}`;
    try {
      const trace = await client.request({ method: 'GET', path, token: operatorToken, answer: traceAnswer });
      return explanationOf(verdict, trace.verdicts);
    } catch (error) {
      if (error instanceof ServerRefusal && isForgotten(error.code)) return {};
      throw error;
    }
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #close(): Promise<void> {
    const consumers = [...this.#participants.values()].map(({ consumer }) => consumer.stop());
    await Promise.all(consumers);
    const left = await Promise.allSettled([...this.#registered].map((agent) => this.#unregister(agent)));
    const failed = left.find(({ status }) => status === 'rejected');
    if (failed?.status !== 'rejected') return;
    const sentence = `Agents of the tenant ${this.#options.tenant} may still be registered.`;
    throw new ReplayError(sentence, { cause: failed.reason });
  }

  async #register(agent: string): Promise<string> {
    const { client, operatorToken, tenant } = this.#options;
    const body = { id: agent, tenant, capabilities: [partOf(agent)] };
    const request = {
      method: 'POST',
      path: '/v1/agents',
      token: operatorToken,
      body,
      answer: registrationAnswer,
    } as const;
    try {
      return (await client.request(request)).token;
    } catch (error) {
      const own = error instanceof ServerRefusal && error.code === 'AGENT_ALREADY_REGISTERED' && error.afterUnknown;
      if (!own) throw error;
      // The first attempt was carried out, and its token was lost with its answer.
      await this.#unregister(agent);
      return (await client.request(request)).token;
    }
  }

  async #unregister(agent: string): Promise<void> {
    const { client, operatorToken, tenant } = this.#options;
    const path = `/v1/agents/${encodeURIComponent(agent)}?tenant=${encodeURIComponent(tenant)}`;
    try {
      await client.request({ method: 'DELETE', path, token: operatorToken, answer: nothingAnswer });
    } catch (error) {
      if (error instanceof ServerRefusal && error.code === 'AGENT_NOT_REGISTERED') return;
      throw error;
    }
  }
}

/** @throws ReplayError where the server cannot be reached, or another constitution is in force than the expected one. */
export const openServerTarget = async (
  options: ServerTargetOptions,
  listener: TargetListener,
): Promise<ReplayTarget> => {
  const { client, expected } = options;
  const constitution = await client.request({ method: 'GET', path: '/v1/constitution', answer: constitutionAnswer });
  if (expected !== undefined && expected.hash !== constitution.hash) {
    throw new ReplayError(
      `The server works under another constitution (${constitution.name} revision ${constitution.revision}, ${constitution.hash}) than the one given (${expected.hash}).`,
    );
  }
  return new ServerTarget(constitution, options, listener);
};
