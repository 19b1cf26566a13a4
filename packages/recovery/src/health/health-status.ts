/** From the best to the worst. */
export const healthStatuses = ['healthy', 'degraded', 'critical'] as const;

export type HealthStatus = (typeof healthStatuses)[number];

/** 0 for the best. */
export const severityOf = (status: HealthStatus): number => healthStatuses.indexOf(status);

/** What one component was found to be: plain codes, never words of errors. */
export interface ComponentHealth {
  readonly name: string;
  /** 0 (down) to 1 (well). */
  readonly score: number;
  readonly weight: number;
  readonly critical: boolean;
  /** `ok`, `breaker_open`, `breaker_half_open`, `breaker_missing`, `check_failed`, `check_late`, `check_invalid`, `report_missing`, `report_stale`, or what the source states. */
  readonly reason: string;
}

export interface HealthSnapshot {
  /** RFC 3339. */
  readonly at: string;
  /** After hysteresis. */
  readonly status: HealthStatus;
  /** What this sample alone would say. */
  readonly sampled: HealthStatus;
  /** The weighted mean, 0 to 1; 1 without components. */
  readonly score: number;
  readonly components: readonly ComponentHealth[];
}

export interface HealthThresholds {
  /** Default 0.7. */
  readonly healthyAt: number;
  /** Default 0.5. */
  readonly degradedAt: number;
}

/** Adding weights up leaves a rest in the last digits, which must not decide. */
const tolerance = 1e-9;

export const scoreOf = (components: readonly ComponentHealth[]): number => {
  const weight = components.reduce((sum, component) => sum + component.weight, 0);
  if (weight === 0) return 1;
  return components.reduce((sum, component) => sum + component.score * component.weight, 0) / weight;
};

/** A critical component that is down makes the whole critical, whatever the mean. */
export const statusOf = (
  components: readonly ComponentHealth[],
  { healthyAt, degradedAt }: HealthThresholds,
): HealthStatus => {
  if (components.some(({ critical, score }) => critical && score === 0)) return 'critical';
  const score = scoreOf(components) + tolerance;
  if (score >= healthyAt) return 'healthy';
  return score >= degradedAt ? 'degraded' : 'critical';
};
