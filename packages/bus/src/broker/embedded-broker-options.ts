import type { Clock, RandomSource, Timers } from '@charterbus/core-models';
import type { BackgroundErrorListener } from '@charterbus/recovery';
import type { DeliveryOptions } from './delivery-options.js';
import type { Journal } from './journal.js';

export interface EmbeddedBrokerOptions {
  readonly journal: Journal;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: RandomSource;
  readonly delivery?: Partial<DeliveryOptions>;
  /** Told of what failed where no caller waits for it. */
  readonly onBackgroundError: BackgroundErrorListener;
}
