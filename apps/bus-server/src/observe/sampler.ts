import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  ParentBasedSampler,
  type Sampler,
  TraceIdRatioBasedSampler,
} from '@opentelemetry/sdk-trace';
import { type Environment, variable } from './otlp-settings.js';

const ratioOf = (text: string | undefined): number => {
  const ratio = Number(text ?? '1');
  return ratio >= 0 && ratio <= 1 ? ratio : 1;
};

/** As `OTEL_TRACES_SAMPLER` names it; what it does not know is the default, which follows the caller and records the rest. */
export const samplerOf = (environment: Environment): Sampler => {
  const name = variable(environment, 'OTEL_TRACES_SAMPLER') ?? 'parentbased_always_on';
  const ratio = (): Sampler => new TraceIdRatioBasedSampler(ratioOf(variable(environment, 'OTEL_TRACES_SAMPLER_ARG')));
  switch (name) {
    case 'always_on':
      return new AlwaysOnSampler();
    case 'always_off':
      return new AlwaysOffSampler();
    case 'traceidratio':
      return ratio();
    case 'parentbased_always_off':
      return new ParentBasedSampler({ root: new AlwaysOffSampler() });
    case 'parentbased_traceidratio':
      return new ParentBasedSampler({ root: ratio() });
    default:
      return new ParentBasedSampler({ root: new AlwaysOnSampler() });
  }
};
