import { type AgentHandle, type Bus, createBus } from '@charterbus/bus';
import { sqliteBackend } from '@charterbus/bus/sqlite';
import { CharterbusError, type Verdict } from '@charterbus/core-models';
import { partOf } from '../translate/agent-names.js';
import { denialDecision, explanationOf, isDenial, isForgotten, receiptDecision } from './decision.js';
import { policyTexts } from './policy-texts.js';
import type {
  ConstitutionIdentity,
  Decision,
  Explanation,
  PolicyText,
  ReplayDraft,
  ReplayTarget,
  TargetListener,
} from './replay-target.js';
import { openStoreDirectory, type StoreDirectory } from './store-directory.js';

export interface EmbeddedTargetOptions {
  /** A directory; absent: the constitution that ships. */
  readonly constitution?: string;
  /** The directory of the external data slots. */
  readonly data?: string;
  /** Where the store is kept; absent: a temporary directory that goes with the target. */
  readonly keep?: string;
  /** The most messages in the hands of one recipient. */
  readonly credit: number;
}

const tenant = 'replay';

/** A bus in this process, on a store of its own whose receipts are given after the bytes reached the disk. */
class EmbeddedTarget implements ReplayTarget {
  readonly constitution: ConstitutionIdentity;
  readonly policies: ReadonlyMap<string, PolicyText>;
  readonly #bus: Bus;
  readonly #store: StoreDirectory;
  readonly #listener: TargetListener;
  readonly #credit: number;
  readonly #handles = new Map<string, AgentHandle>();
  #closed: Promise<void> | undefined;

  constructor(bus: Bus, store: StoreDirectory, listener: TargetListener, credit: number) {
    const { name, revision, hash, shortHash } = bus.constitution;
    this.constitution = { name, revision, hash, shortHash };
    this.policies = policyTexts(bus.constitution);
    this.#bus = bus;
    this.#store = store;
    this.#listener = listener;
    this.#credit = credit;
  }

  async join(agent: string): Promise<void> {
    const { handle } = await this.#bus.register({ id: agent, tenant, capabilities: [partOf(agent)] });
    this.#handles.set(agent, handle);
    handle.handle(
      async (message, delivery) => {
        await delivery.ack();
        this.#listener.arrived({ messageId: message.id, recipient: agent });
      },
      { credit: this.#credit },
    );
  }

  async send({ from, to, key: _key, ...draft }: ReplayDraft): Promise<Decision> {
    const handle = this.#handles.get(from);
    if (handle === undefined) throw new Error(`The agent ${from} has not joined.`);
    try {
      return receiptDecision(await handle.send({ ...draft, to: { agent: to } }));
    } catch (error) {
      if (!CharterbusError.isInstance(error) || !isDenial(error.code)) throw error;
      return denialDecision(error.code, error.details);
    }
  }

  async explain(messageId: string, verdict: 'deny' | 'escalate'): Promise<Explanation> {
    return explanationOf(verdict, await this.#verdictsOf(messageId));
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #verdictsOf(messageId: string): Promise<readonly Verdict[]> {
    try {
      return (await this.#bus.operations.trace(messageId)).verdicts;
    } catch (error) {
      if (CharterbusError.isInstance(error) && isForgotten(error.code)) return [];
      throw error;
    }
  }

  async #close(): Promise<void> {
    try {
      await this.#bus.drain();
    } finally {
      await this.#store.close();
    }
  }
}

/** @throws ReplayError for a directory that cannot be used; what `createBus` throws. */
export const openEmbeddedTarget = async (
  { constitution, data, keep, credit }: EmbeddedTargetOptions,
  listener: TargetListener,
): Promise<ReplayTarget> => {
  const store = await openStoreDirectory(keep);
  try {
    const bus = await createBus({
      backend: sqliteBackend({ directory: store.path }),
      ...(constitution === undefined ? {} : { constitution }),
      ...(data === undefined ? {} : { data }),
      onBackgroundError: (_task, error) => listener.failed(error),
    });
    return new EmbeddedTarget(bus, store, listener, credit);
  } catch (error) {
    await store.close();
    throw error;
  }
};
