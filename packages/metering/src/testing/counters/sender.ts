import type { QuotasManifest } from '@charterbus/core-models';
import type { QuotaCounters } from '../../quotas/quota-counters.js';
import type { QuotaDecision, QuotaRequest } from '../../quotas/quota-decision.js';
import { createQuotas, type Quotas } from '../../quotas/quotas.js';

const plain: QuotaRequest = {
  message: 'm',
  tenant: 'acme',
  agent: 'alice',
  type: 'command',
  bytes: 0,
  tokens: 0,
  costMicros: 0,
};

/** Quotas as a constitution writes them, with their defaults left out. */
export type LooseManifest = Readonly<Record<string, object>>;

const quotasOf = (quotas: LooseManifest, counters: QuotaCounters): Quotas =>
  createQuotas({ manifest: quotas as unknown as QuotasManifest, counters });

/** Sends messages through the quotas of one constitution after the other. */
export class Sender {
  readonly counters: QuotaCounters;
  #quotas: Quotas | undefined;
  #sent = 0;

  constructor(counters: QuotaCounters) {
    this.counters = counters;
  }

  get quotas(): Quotas {
    if (this.#quotas === undefined) throw new Error('No quotas are in force.');
    return this.#quotas;
  }

  /** From now on these are in force, over the same counters. */
  enact(quotas: LooseManifest): Quotas {
    this.#quotas = quotasOf(quotas, this.counters);
    return this.#quotas;
  }

  request(parts: Partial<QuotaRequest> = {}): QuotaRequest {
    this.#sent += 1;
    return { ...plain, message: `m${this.#sent}`, ...parts };
  }

  async take(parts: Partial<QuotaRequest> = {}): Promise<QuotaDecision> {
    return this.quotas.take(this.request(parts));
  }

  async isAllowed(parts: Partial<QuotaRequest> = {}): Promise<boolean> {
    return (await this.take(parts)).allowed;
  }

  /** How many of so many equal messages are let in. */
  async allowed(length: number, parts: Partial<QuotaRequest> = {}): Promise<number> {
    let allowed = 0;
    for (let sent = 0; sent < length; sent += 1) allowed += (await this.isAllowed(parts)) ? 1 : 0;
    return allowed;
  }
}
