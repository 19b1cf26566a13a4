import { type AgentReference, agentKey, CharterbusError, type Message } from '@charterbus/core-models';
import { deliveryId, type Entry, holderOf } from '../broker/entry.js';
import type { BusContext } from '../context.js';
import { nextTurn } from './turns.js';

/** Which leases are to end, by their entries and, where that is asked for, their messages. */
export type Recalled = (entry: Entry, message: () => Promise<Message | undefined>) => boolean | Promise<boolean>;

const returned = Object.freeze({ kind: 'return' } as const);

/** Settled or lapsed meanwhile: then there is nothing to end. */
const isOver = (error: unknown): boolean =>
  CharterbusError.isInstance(error) && (error.code === 'LEASE_LOST' || error.code === 'DELIVERY_NOT_FOUND');

const recall = async (entry: Entry, { broker }: BusContext): Promise<void> => {
  try {
    const proof = { deliveryId: deliveryId(entry), recipient: holderOf(entry), fencingToken: entry.token };
    await broker.settle(proof, returned);
  } catch (error) {
    if (!isOver(error)) throw error;
  }
};

/**
 * Ends leases, whoever has them, as if they had never been given: their tokens are worth nothing from then on, and the
 * messages are others'.
 *
 * @returns how many it tried to end.
 * @throws StoreError after all were tried, where one could not be ended: it runs out by itself.
 */
export const recallLeases = async (which: Recalled, context: BusContext): Promise<number> => {
  const { broker } = context;
  const wanted: Entry[] = [];
  for (const entry of await broker.leased()) {
    const message = async (): Promise<Message | undefined> => (await broker.reader.envelope(entry.message))?.message;
    if (await which(entry, message)) wanted.push(entry);
  }
  const outcomes = await Promise.allSettled(wanted.map((entry) => recall(entry, context)));
  const failed = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
  return wanted.length;
};

/** Ends the leases of agents that the registry does not route to any more: of all that come up in one turn together. */
export class Recalls {
  readonly #context: () => BusContext;
  readonly #holders = new Set<string>();

  constructor(context: () => BusContext) {
    this.#context = context;
  }

  of(holder: AgentReference): void {
    this.#holders.add(agentKey(holder));
    if (this.#holders.size === 1) this.#context().background.run('recall', () => this.#recall());
  }

  async #recall(): Promise<void> {
    await nextTurn();
    const holders = new Set(this.#holders);
    this.#holders.clear();
    await recallLeases((entry) => holders.has(agentKey(holderOf(entry))), this.#context());
  }
}
