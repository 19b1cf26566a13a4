/**
 * What a registry of 100,000 agents costs: look-ups in memory, each in rounds of many whose median and worst are printed;
 * the memory of an agent; and registrations on SQLite by many callers at once. `BENCH_AGENTS` and `BENCH_ROUNDS` are obeyed.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AgentReference } from '@charterbus/core-models';
import { openSqliteStore } from '@charterbus/store';
import { createMemoryRegistry, type Registry } from '../src/index.js';
import { openSqliteRegistry, registryNamespace } from '../src/sqlite/index.js';

const agents = Number(process.env['BENCH_AGENTS'] ?? 100_000);
const rounds = Number(process.env['BENCH_ROUNDS'] ?? 30);
const tenants = 10;
/** Each capability is had by so many agents of a tenant. */
const capabilities = 100;
const callers = 256;
/** What the bench itself keeps of an agent. */
const tokenBytes = 100;

const referenceOf = (place: number): AgentReference => ({
  tenant: `tenant-${place % tenants}`,
  agent: `agent-${place}`,
});

const draftOf = (place: number) => ({
  id: `agent-${place}`,
  tenant: `tenant-${place % tenants}`,
  capabilities: [`capability-${Math.floor(place / tenants) % capabilities}`],
});

const sorted = (times: readonly number[]): readonly number[] => times.toSorted((one, other) => one - other);

const print = (what: string, microseconds: readonly number[]): void => {
  const times = sorted(microseconds);
  const at = (share: number): string =>
    (times[Math.min(times.length - 1, Math.floor(share * times.length))] ?? 0).toFixed(3);
  console.log(`${what.padEnd(44)} p50 ${at(0.5)} µs  p99 ${at(0.99)} µs  best ${at(0)} µs`);
};

/** Places in an order that caches do not foresee, the same in each run. */
const places = Array.from({ length: 4096 }, (_, count) => (count * 48_271 + 11) % agents);

/** The mean of each of many rounds, so that a clock's grain does not matter. */
const measure = (what: string, look: (place: number) => unknown): void => {
  const times: number[] = [];
  let kept: unknown;
  for (let round = 0; round < rounds; round += 1) {
    const begun = performance.now();
    for (const place of places) kept = look(place);
    times.push(((performance.now() - begun) * 1000) / places.length);
  }
  if (kept === undefined) throw new Error(`${what} found nothing.`);
  print(what, times);
};

/** One by one, for what must be quick each time and not on the average. */
const measureEach = (what: string, look: (place: number) => unknown): void => {
  const times = places.map((place) => {
    const begun = performance.now();
    look(place);
    return (performance.now() - begun) * 1000;
  });
  print(what, times);
};

const fill = async (registry: Registry, count: number, at: number): Promise<readonly string[]> => {
  const tokens: string[] = [];
  let next = 0;
  const call = async (): Promise<void> => {
    for (let place = next++; place < count; place = next++)
      tokens[place] = (await registry.register(draftOf(place))).token;
  };
  await Promise.all(Array.from({ length: at }, call));
  return tokens;
};

const used = (): number => {
  for (let count = 0; count < 3; count += 1) globalThis.gc?.();
  return process.memoryUsage().heapUsed;
};

const tenantOf = (place: number): string => `tenant-${place % tenants}`;
const capabilityOf = (place: number): string => `capability-${place % capabilities}`;

const routing = async (registry: Registry): Promise<void> => {
  measure('find', (place) => registry.find(referenceOf(place)));
  measure('route', (place) => registry.route(referenceOf(place)));
  const capable = (place: number) => registry.withCapability(tenantOf(place), capabilityOf(place));
  const first = (place: number) => {
    for (const agent of capable(place)) return agent;
    return undefined;
  };
  measure('withCapability, the first of them', first);
  measureEach('withCapability, all 100 of them', (place) => [...capable(place)]);
  const times: number[] = [];
  for (const place of places.slice(0, 512)) {
    await registry.quarantine(referenceOf(place), 'bench');
    const begun = performance.now();
    first(place);
    times.push((performance.now() - begun) * 1000);
    await registry.reinstate(referenceOf(place), 'bench');
  }
  print('withCapability, after a change of one', times);
  measureEach('list, a page of 100 by capability', (place) =>
    registry.list({ tenant: tenantOf(place), capability: capabilityOf(place) }),
  );
};

const credentials = (registry: Registry, tokens: readonly string[]): void => {
  measure('authenticate', (place) => registry.authenticate(tokens[place] ?? ''));
  const letIn = new Map(places.map((place) => [place, registry.authenticate(tokens[place] ?? '')]));
  measure('isInForce', (place) => {
    const authenticated = letIn.get(place);
    return authenticated !== undefined && registry.isInForce(authenticated);
  });
};

const lookUps = async (): Promise<void> => {
  const before = used();
  const registry = createMemoryRegistry({ agents });
  const tokens = await fill(registry, agents, 1);
  registry.list({ limit: 1 });
  const bytes = Math.round((used() - before) / agents - tokenBytes);
  console.log(`memory of an agent with one token and one capability: about ${bytes} bytes`);
  await routing(registry);
  credentials(registry, tokens);
  await registry.close();
};

const registrations = async (): Promise<void> => {
  const count = 20_000;
  for (let round = 0; round < 3; round += 1) {
    const directory = mkdtempSync(join(tmpdir(), 'charterbus-bench-'));
    try {
      await using store = await openSqliteStore({ directory, namespaces: [registryNamespace] });
      await using registry = await openSqliteRegistry({ store });
      const begun = performance.now();
      await fill(registry, count, callers);
      const seconds = (performance.now() - begun) / 1000;
      const { commits } = store.counts;
      console.log(
        `registrations on SQLite, ${callers} callers: ${Math.round(count / seconds)} a second, ${commits} commits`,
      );
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  }
};

console.log(`${agents} agents, ${availableParallelism()} cores, load ${loadavg()[0]?.toFixed(1) ?? ''}`);
await lookUps();
await registrations();
