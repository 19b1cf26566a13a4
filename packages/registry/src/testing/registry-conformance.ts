import { ManualClock, seededRandom, uuidV7Source } from '@charterbus/core-models';
import { authenticating } from './authenticating.js';
import { credentials } from './credentials.js';
import { aborting, closing, unregistering } from './ending.js';
import { leases } from './leases.js';
import { lookingUp } from './looking-up.js';
import { quarantines } from './quarantines.js';
import { registering } from './registering.js';
import { reregistering } from './reregistering.js';
import { secrets } from './secrets.js';
import { sessions } from './sessions.js';
import type { ConformanceRunner, RegistryFactory, Suite } from './suite.js';
import { updating } from './updating.js';
import { watching } from './watching.js';

const parts: readonly ((it: Suite) => void)[] = [
  registering,
  reregistering,
  updating,
  unregistering,
  aborting,
  authenticating,
  credentials,
  sessions,
  quarantines,
  leases,
  lookingUp,
  watching,
  secrets,
  closing,
];

/** What every `Registry` does alike. */
export const registryConformance = ({ describe, it }: ConformanceRunner, factory: RegistryFactory): void => {
  const suite: Suite = (name, body, options = {}) =>
    it(name, async () => {
      const clock = new ManualClock();
      const random = seededRandom(7);
      const seeded = { clock, timers: clock, random, ids: uuidV7Source(clock, random) };
      await using registry = await factory({ ...seeded, ...options });
      await body(registry, clock);
    });
  describe('a registry', () => {
    for (const part of parts) part(suite);
  });
};
