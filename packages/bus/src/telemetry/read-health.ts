import type { Instruments } from '@charterbus/metering';
import { type CircuitBreakers, type HealthAggregator, healthStatuses } from '@charterbus/recovery';

const circuitStates = { closed: 1, half_open: 0.5, open: 0 } as const;

/** What is left alone, and how well the whole is, as of the last sample. */
export const readHealth = (instruments: Instruments, health: HealthAggregator, breakers: CircuitBreakers): void => {
  instruments.read('charterbus_circuit_state', () =>
    breakers.list().map(({ name, state }) => [circuitStates[state], name] as const),
  );
  instruments.read('charterbus_health_score', () => (health.current === undefined ? [] : [[health.current.score]]));
  instruments.read('charterbus_health_status', () =>
    healthStatuses.map((status) => [health.current?.status === status ? 1 : 0, status] as const),
  );
  instruments.read('charterbus_component_health', () =>
    (health.current?.components ?? []).map(({ name, score }) => [score, name] as const),
  );
};
