import type { DeliveryOptions } from '../../broker/delivery-options.js';
import type { BrokerBench } from '../bench.js';

/** How the parts of the suite register their tests: each gets a started bench of its own, closed afterwards. */
export interface Suite {
  readonly describe: (name: string, body: () => void) => void;
  readonly it: (name: string, body: (bench: BrokerBench) => Promise<void>, delivery?: Partial<DeliveryOptions>) => void;
}
