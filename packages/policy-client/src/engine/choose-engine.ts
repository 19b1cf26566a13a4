import { type EngineManifest, type SingleEngineManifest, type Timers } from '@charterbus/core-models';
import type { BreakerSource } from '@charterbus/recovery';
import { cedarEngine } from '../cedar/cedar-engine.js';
import { compositeEngine } from '../composite/composite-engine.js';
import { opaEngine } from '../opa/opa-engine.js';
import { opaWasmEngine } from '../opa-wasm/opa-wasm-engine.js';
import { powersEngine } from '../powers/powers-engine.js';
import { staticEngine } from '../static/static-engine.js';
import type { EngineCalls } from './engine-calls.js';
import type { PolicyEngine } from './policy-engine.js';
import { watchedEngine } from './watched-engine.js';

/** What engines need of the world. */
export interface EngineOutside {
  /** Default: the system's. Measures deadlines. */
  readonly timers?: Timers;
  /** Where tokens are taken from. Default: none. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Where the breakers of engines are listed. Default: nowhere. */
  readonly breakers?: BreakerSource;
  /** Told of the calls to each engine, of a composite's members as well. */
  readonly calls?: EngineCalls;
}

const singleEngine = (manifest: SingleEngineManifest, { calls: _, ...outside }: EngineOutside) => {
  switch (manifest.kind) {
    case 'cedar':
      return cedarEngine();
    case 'static':
      return staticEngine();
    case 'opa-wasm':
      return opaWasmEngine(manifest);
    case 'opa':
      return opaEngine({ ...manifest, ...outside });
    case 'separation-of-powers':
      return powersEngine(manifest);
  }
};

/** The engine that a manifest names; what it cannot do shows when it loads. */
export const chooseEngine = (manifest: EngineManifest, outside: EngineOutside = {}): PolicyEngine => {
  const { calls } = outside;
  if (manifest.kind !== 'composite') return watchedEngine(singleEngine(manifest, outside), calls);
  const members = Object.entries(manifest.members).map(
    ([name, member]) => [name, watchedEngine(singleEngine(member, outside), calls)] as const,
  );
  return compositeEngine(Object.fromEntries(members));
};
