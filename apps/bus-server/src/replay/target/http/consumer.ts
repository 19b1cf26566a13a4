import type { TargetListener } from '../replay-target.js';
import { type ClaimedDelivery, claimAnswer, nothingAnswer } from './answers.js';
import { type BusClient, ServerRefusal } from './bus-client.js';

const claim = Object.freeze({ max: 100, waitMs: 20_000, leaseMs: 60_000 });

/** Takes what is delivered to one agent and acknowledges it, until it is stopped. */
export class Consumer {
  readonly #client: BusClient;
  readonly #agent: string;
  readonly #token: string;
  readonly #listener: TargetListener;
  readonly #stopping = new AbortController();
  readonly #acks = new Set<Promise<void>>();
  readonly #running: Promise<void>;

  constructor(client: BusClient, agent: string, token: string, listener: TargetListener) {
    this.#client = client;
    this.#agent = agent;
    this.#token = token;
    this.#listener = listener;
    this.#running = this.#run();
  }

  /** Ends the long poll; resolves when what was taken is acknowledged. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
    await Promise.all(this.#acks);
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    try {
      while (!signal.aborted) {
        const { deliveries } = await this.#client.request({
          method: 'POST',
          path: '/v1/deliveries/claim',
          token: this.#token,
          body: claim,
          answer: claimAnswer,
          signal,
          timeoutMs: claim.waitMs + 30_000,
        });
        for (const delivery of deliveries) this.#begin(delivery);
      }
    } catch (error) {
      if (!signal.aborted) this.#listener.failed(error);
    }
  }

  #begin(delivery: ClaimedDelivery): void {
    const acking = this.#acknowledge(delivery).finally(() => this.#acks.delete(acking));
    this.#acks.add(acking);
  }

  async #acknowledge({ id, fencingToken, message }: ClaimedDelivery): Promise<void> {
    try {
      if (await this.#ack(id, fencingToken)) this.#listener.arrived({ messageId: message.id, recipient: this.#agent });
    } catch (error) {
      this.#listener.failed(error);
    }
  }

  /** Whether the delivery is acknowledged. A lost lease means a delivery to come, unless it was lost to our own first try. */
  async #ack(id: string, fencingToken: number): Promise<boolean> {
    const path = `/v1/deliveries/${encodeURIComponent(id)}/ack`;
    try {
      const body = { fencingToken };
      await this.#client.request({ method: 'POST', path, token: this.#token, body, answer: nothingAnswer });
      return true;
    } catch (error) {
      if (error instanceof ServerRefusal && error.code === 'LEASE_LOST') return error.afterUnknown;
      throw error;
    }
  }
}
