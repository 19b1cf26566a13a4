import assert from 'node:assert/strict';
import {
  CharterbusError,
  type IdSource,
  ManualClock,
  type RandomSource,
  seededRandom,
  uuidV7Source,
} from '@charterbus/core-models';
import type { BackgroundErrorListener } from '@charterbus/recovery';
import type { Admission, Broker, ClaimRequest, Lease, LeaseProof } from '../broker/broker.js';
import type { DeliveryOptions } from '../broker/delivery-options.js';
import { type SampleOptions, sampleAdmission, worker } from './sample-admission.js';

/** What the broker under test is given; the suite owns the time. */
export interface BrokerEnvironment {
  readonly clock: ManualClock;
  readonly timers: ManualClock;
  readonly random: RandomSource;
  readonly delivery: Partial<DeliveryOptions>;
  readonly onBackgroundError: BackgroundErrorListener;
}

/** Opens a broker over storage that is empty at first; `reopen` opens another over what the first left. */
export interface BrokerUnderTest {
  open(environment: BrokerEnvironment): Promise<Broker>;
  /** Ends the storage. The suite has closed the broker. */
  close(): Promise<void>;
}

export type BrokerFactory = () => Promise<BrokerUnderTest>;

export interface BrokerCapabilities {
  /** Whether what is committed is there again for the next broker over the same storage. */
  readonly survivesReopening: boolean;
}

const neverAborted = new AbortController().signal;

/** A broker on a table: time stands still until it is moved. */
export class BrokerBench {
  readonly clock = new ManualClock();
  readonly ids: IdSource = uuidV7Source(this.clock, seededRandom(7));
  readonly failures: string[] = [];
  readonly #under: BrokerUnderTest;
  readonly #delivery: Partial<DeliveryOptions>;
  #broker: Broker | undefined;

  constructor(under: BrokerUnderTest, delivery: Partial<DeliveryOptions>) {
    this.#under = under;
    this.#delivery = delivery;
  }

  get broker(): Broker {
    assert.ok(this.#broker, 'The bench is not started.');
    return this.#broker;
  }

  async start(): Promise<void> {
    this.#broker = await this.#under.open({
      clock: this.clock,
      timers: this.clock,
      random: seededRandom(11),
      delivery: this.#delivery,
      onBackgroundError: (task, error) => void this.failures.push(`${task}: ${String(error)}`),
    });
    await this.#broker.start();
  }

  /** Closes the broker and opens another over the same storage. */
  async reopen(): Promise<void> {
    await this.broker.close();
    await this.start();
  }

  async close(): Promise<void> {
    await this.broker.close();
    await this.#under.close();
    assert.deepEqual(this.failures, []);
  }

  async append(options: Partial<Omit<SampleOptions, 'ids' | 'now'>> = {}): Promise<Admission> {
    const admission = sampleAdmission({ ids: this.ids, now: this.clock.now(), ...options });
    await this.broker.append(admission);
    return admission;
  }

  claim(request: Partial<ClaimRequest> = {}, signal: AbortSignal = neverAborted): Promise<readonly Lease[]> {
    const defaults = { recipient: worker, max: 10, leaseMs: 30_000, waitMs: 0, durable: true };
    return this.broker.claim({ ...defaults, ...request }, signal);
  }

  /** Claims exactly one. */
  async claimOne(request: Partial<ClaimRequest> = {}): Promise<Lease> {
    const [lease, ...others] = await this.claim({ ...request, max: 1 });
    assert.equal(others.length, 0);
    assert.ok(lease, 'There is nothing to claim.');
    return lease;
  }

  /** Moves time, then lets what fell due be committed. */
  async advance(milliseconds: number): Promise<void> {
    this.clock.advance(milliseconds);
    await this.quiet();
  }

  /** Waits until whatever is under way has been committed: appends commit in order. */
  async quiet(): Promise<void> {
    for (let round = 0; round < 3; round++) await this.append({ to: ['quiet-corner'] });
  }
}

export const proofOf = (lease: Lease): LeaseProof => ({
  deliveryId: lease.deliveryId,
  recipient: lease.entry.holder ?? lease.entry.recipient,
  fencingToken: lease.entry.token,
});

/** The code of the error that a call rejects with, and what it says of why. */
export const refusalOf = async (call: unknown): Promise<string> => {
  const [outcome] = await Promise.allSettled([call]);
  if (outcome.status === 'fulfilled') return 'done';
  const error: unknown = outcome.reason;
  if (!CharterbusError.isInstance(error)) return String(error);
  const why = error.details['why'];
  return typeof why === 'string' ? `${error.code} ${why}` : error.code;
};

export const idsOf = (leases: readonly Lease[]): readonly string[] => leases.map((lease) => lease.entry.message);
