/** Where what kind of telemetry goes, as the environment says it in OpenTelemetry's own variables. */
export interface OtlpSettings {
  readonly url: string;
  readonly headers: Record<string, string>;
  readonly timeoutMillis: number;
}

export type Environment = Readonly<Record<string, string | undefined>>;
export type Signal = 'traces' | 'metrics';

const defaultTimeoutMs = 10_000;

/** Empty variables count as absent. */
export const variable = (environment: Environment, name: string): string | undefined => {
  const value = environment[name]?.trim();
  return value === undefined || value === '' ? undefined : value;
};

/** `key=value` pairs with percent-encoding, as headers and resource attributes are stated; what is malformed is left out. */
export const readPairs = (text: string | undefined): Record<string, string> => {
  const pairs: Record<string, string> = {};
  for (const pair of (text ?? '').split(',')) {
    const equals = pair.indexOf('=');
    const name = pair.slice(0, equals).trim();
    if (equals > 0 && name !== '') pairs[name] = decoded(pair.slice(equals + 1).trim());
  }
  return pairs;
};

const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
};

export const readMilliseconds = (text: string | undefined, otherwise: number): number =>
  text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : otherwise;

const endpointOf = (environment: Environment, signal: Signal): string | undefined => {
  const own = variable(environment, `OTEL_EXPORTER_OTLP_${signal.toUpperCase()}_ENDPOINT`);
  if (own !== undefined) return own;
  const shared = variable(environment, 'OTEL_EXPORTER_OTLP_ENDPOINT');
  return shared === undefined ? undefined : `${shared.replace(/\/$/, '')}/v1/${signal}`;
};

/** Nothing where no endpoint is configured, or the signal is turned off: then nothing is made for it. */
export const otlpSettings = (environment: Environment, signal: Signal): OtlpSettings | undefined => {
  const name = signal.toUpperCase();
  const url = endpointOf(environment, signal);
  const exporter = variable(environment, `OTEL_${name}_EXPORTER`) ?? 'otlp';
  if (url === undefined || exporter !== 'otlp' || variable(environment, 'OTEL_SDK_DISABLED') === 'true')
    return undefined;
  const stated = (what: string): string | undefined =>
    variable(environment, `OTEL_EXPORTER_OTLP_${name}_${what}`) ?? variable(environment, `OTEL_EXPORTER_OTLP_${what}`);
  return {
    url,
    headers: readPairs(stated('HEADERS')),
    timeoutMillis: readMilliseconds(stated('TIMEOUT'), defaultTimeoutMs),
  };
};
