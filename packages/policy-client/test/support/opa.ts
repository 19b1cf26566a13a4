import { type EngineRequest, type OpaEngineOptions, opaEngine } from '../../src/index.js';
import { toFiles } from './files.js';
import { manifestOf } from './rego.js';
import { snapshotOf } from './snapshots.js';

/** A snapshot of the engine as code makes it; the manifest's own settings of it do not matter. */
export const opaSnapshot = (options: OpaEngineOptions, more = '') =>
  snapshotOf(opaEngine(options), toFiles({ 'manifest.yaml': manifestOf('{ kind: opa, url: "http://unused" }', more) }));

export const query: EngineRequest = {
  point: 'send',
  action: 'send',
  sender: { tenant: 'acme', id: 'planner', capabilities: [] },
  recipient: { tenant: 'acme', id: 'worker', role: 'executive', capabilities: ['search'] },
  tenant: 'acme',
  context: {
    messageType: 'query',
    priority: 'normal',
    priorityRank: 1,
    contentBytes: 2,
    isReply: false,
    toEveryone: false,
    now: 1_767_225_600_000,
  },
  facts: {},
};
