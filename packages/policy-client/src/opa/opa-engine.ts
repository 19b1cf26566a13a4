import type { EngineLoad, PolicyEngine } from '../engine/policy-engine.js';
import { ruleRecords } from '../rego/rule-records.js';
import type { ConstitutionSources } from '../source/read-sources.js';
import { OpaClient } from './opa-client.js';
import { type OpaEngineOptions, type OpaSettings, readSettings } from './opa-settings.js';
import { OpaSnapshot } from './opa-snapshot.js';

const recordsOf = ({ manifest }: OpaSettings, rego: ConstitutionSources['rego']) => {
  const { url, path, bundle } = manifest;
  const basis = { url, ...(bundle === undefined ? {} : { bundle: bundle.name, revision: bundle.revision }) };
  return ruleRecords({ rule: path, rego, basis, file: 'manifest.yaml' });
};

const load = (settings: OpaSettings, { rego, manifest: { thresholds } }: ConstitutionSources): EngineLoad => {
  const { records, named, problems } = recordsOf(settings, rego);
  if (problems.length > 0) return { problems };
  const { manifest, ...outside } = settings;
  const { url, deadlineMilliseconds, path: rule, bundle } = manifest;
  const patienceMilliseconds = Math.min(deadlineMilliseconds, thresholds.judgementMilliseconds);
  const client = new OpaClient({ ...outside, url, deadlineMilliseconds, patienceMilliseconds });
  const expected = { rule, named, ...(bundle === undefined ? {} : { bundle }) };
  return { snapshot: new OpaSnapshot(client, expected, records), problems: [] };
};

/** An OPA server, asked over HTTP. It need not be there when the constitution is loaded: as long as it is not, all is denied. */
export const opaEngine = (options: OpaEngineOptions): PolicyEngine => {
  const { settings, problems } = readSettings(options);
  return {
    kind: 'opa',
    capabilities: { pure: settings?.manifest.pure ?? false, synchronous: false },
    async load(sources, _actions, signal): Promise<EngineLoad> {
      signal.throwIfAborted();
      return settings === undefined ? { problems } : load(settings, sources);
    },
  };
};
