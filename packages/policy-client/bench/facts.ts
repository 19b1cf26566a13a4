/**
 * What facts cost: the calls of the airline's example, or of `CHARTERBUS_AIRLINE_DATA`, judged at `send` in interleaved
 * rounds, with answers remembered and without; a message that no rule concerns, under the airline's constitution and under
 * the default one; one result of a tool that is observed; and Cedar alone, asked the same. `BENCH_ROUNDS` is obeyed.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  type Agent,
  encodeEnvelope,
  type JsonValue,
  type Message,
  systemClock,
  systemTimers,
} from '@charterbus/core-models';
import { cedarEngine } from '../src/cedar/cedar-engine.js';
import { Constitution } from '../src/constitution.js';
import type { EngineRequest, EngineSnapshot } from '../src/engine/policy-engine.js';
import { compileFacts } from '../src/facts/compile-facts.js';
import { loadConstitution, readConstitutionDirectory, readDataDirectory } from '../src/index.js';
import { readSources } from '../src/source/read-sources.js';

const example = fileURLToPath(new URL('../../../../examples/airline/', import.meta.url));
const shipped = fileURLToPath(new URL('../../constitutions/default', import.meta.url));
const given = process.env['CHARTERBUS_AIRLINE_DATA'] ?? '';
const dataDirectory = given === '' ? join(example, 'data') : given;
const trace = given === '' ? join(example, 'trace.jsonl') : join(given, 'trajectories.jsonl');
const rounds = Number(process.env['BENCH_ROUNDS'] ?? 30);

const agentOf = (id: string): Agent => ({
  tenant: 'airline',
  id,
  capabilities: [],
  registeredAt: '2026-01-01T00:00:00.000Z',
  revision: '1',
});

interface Recorded {
  readonly messages: readonly {
    readonly tool_calls?:
      | readonly { readonly function: { readonly name: string; readonly arguments: string } }[]
      | null;
  }[];
}

const messageOf = (from: string, to: string, type: Message['type'], content: JsonValue): Message => ({
  id: '01900000-0000-7000-8000-000000000000',
  tenant: 'airline',
  from,
  to: { tenant: 'airline', agent: to },
  type,
  priority: 'normal',
  createdAt: '2026-01-01T00:00:00.000Z',
  content,
});

const askedOf = (message: Message) => {
  const { digest: messageDigest, contentBytes } = encodeEnvelope(message);
  const recipient = agentOf('agent' in message.to ? message.to.agent : '');
  const shared = { sender: agentOf(message.from), recipient, tenant: 'airline', message, messageDigest, contentBytes };
  return { point: 'send' as const, ...shared };
};
type Asked = ReturnType<typeof askedOf>;

const writing = /^(?:book|cancel|update)_reservation|^send_certificate/;

/** The writing calls of the trace. */
const calls: readonly Asked[] = readFileSync(trace, 'utf8')
  .trim()
  .split('\n')
  .flatMap((line) => (JSON.parse(line) as Recorded).messages)
  .flatMap(({ tool_calls }) => tool_calls ?? [])
  .filter((call) => writing.test(call.function.name))
  .map(({ function: { name, arguments: text } }) => {
    const content = { tool: name, arguments: JSON.parse(text) as JsonValue, call: 'bench' };
    return askedOf(messageOf('agent', `tool:${name}`, 'task_request', content));
  });

const plain = askedOf(messageOf('customer', 'agent', 'query', { text: 'May I cancel?' }));
const result = messageOf('tool:get_reservation_details', 'agent', 'task_response', {
  tool: 'get_reservation_details',
  result:
    Object.values(
      JSON.parse(readFileSync(join(dataDirectory, 'reservations.json'), 'utf8')) as Record<string, JsonValue>,
    )[0] ?? null,
});

const never = new AbortController().signal;
const files = await readConstitutionDirectory(join(example, 'constitution'));
const slots = await readDataDirectory(dataDirectory);

/** The airline's constitution with nothing remembered. */
const uncached = async (): Promise<{ readonly constitution: Constitution; readonly snapshot: EngineSnapshot }> => {
  const { value: sources } = readSources(files);
  if (sources === undefined) throw new Error('The example does not validate.');
  const { facts } = compileFacts({ ...sources, slots }, { clock: systemClock, timers: systemTimers });
  if (facts === undefined) throw new Error('The facts do not compile.');
  const { snapshot } = await cedarEngine().load(sources, facts.actions, never);
  if (snapshot === undefined) throw new Error('The policies do not validate.');
  const parts = {
    manifest: sources.manifest,
    hash: '0'.repeat(64),
    shortHash: '0'.repeat(16),
    dataVersion: '0'.repeat(64),
  };
  return {
    constitution: new Constitution({ ...parts, snapshot, facts, clock: systemClock, timers: systemTimers }),
    snapshot,
  };
};

/** Remembers what Cedar is asked, to ask it the same alone. */
const recording = (snapshot: EngineSnapshot) => {
  const requests: EngineRequest[] = [];
  const evaluate = snapshot.evaluate.bind(snapshot);
  snapshot.evaluate = (request, signal) => {
    requests.push(request);
    return evaluate(request, signal);
  };
  return { requests, evaluate };
};

const judge = async (constitution: Constitution, asked: Asked): Promise<void> => {
  const gathered = constitution.gatherFacts(asked, never);
  await constitution.judge({ ...asked, facts: gathered instanceof Promise ? await gathered : gathered }, never);
};

const percentile = (sorted: Float64Array, share: number): number =>
  sorted[Math.floor((sorted.length - 1) * share)] ?? 0;

const cold = await uncached();
const { requests, evaluate } = recording(cold.snapshot);
for (const call of calls) await judge(cold.constitution, call);
const asked = requests.slice();
cold.snapshot.evaluate = evaluate;

const warm = await loadConstitution(files, { slots });
const byDefault = await loadConstitution(await readConstitutionDirectory(shipped));
const sender = agentOf(result.from);
const recipient = agentOf('agent');

type Workloads = Readonly<Record<string, readonly (() => unknown)[]>>;

/** In phases, since each constitution brings a WebAssembly instance of its own, and one process has one in force. */
const phases: readonly Workloads[] = [
  {
    'facts + Cedar, uncached': calls.map((call) => () => judge(cold.constitution, call)),
    'facts alone': calls.map((call) => () => cold.constitution.gatherFacts(call, never)),
    'Cedar alone': asked.map((request) => () => evaluate(request, never)),
  },
  { 'facts + Cedar, remembered': calls.map((call) => () => judge(warm, call)) },
  {
    'no rule concerns it, airline': calls.map(() => () => judge(warm, plain)),
    'no rule concerns it, default': calls.map(() => () => judge(byDefault, plain)),
    'observing a result': calls.map(() => () => warm.observe({ message: result, sender, recipient })),
  },
];

const timed = async (run: () => unknown): Promise<number> => {
  const began = process.hrtime.bigint();
  await run();
  return Number(process.hrtime.bigint() - began) / 1000;
};

const times = new Map<string, number[]>();
const runRound = async (workloads: Workloads, counts: boolean): Promise<void> => {
  for (const [name, work] of Object.entries(workloads)) {
    const taken = times.get(name) ?? [];
    times.set(name, taken);
    for (const run of work) {
      const microseconds = await timed(run);
      if (counts) taken.push(microseconds);
    }
  }
};

for (const workloads of phases) {
  for (let round = 0; round < rounds; round++) await runRound(workloads, round >= rounds / 3);
}

console.log(`${calls.length} calls, ${rounds} rounds, the first third for warming up; microseconds`);
for (const [name, taken] of times) {
  const sorted = Float64Array.from(taken).toSorted();
  const [p50, p90, p99] = [0.5, 0.9, 0.99].map((share) => percentile(sorted, share).toFixed(1).padStart(8));
  console.log(`${name.padEnd(30)} p50 ${p50}  p90 ${p90}  p99 ${p99}`);
}
await Promise.all([cold.constitution, warm, byDefault].map((constitution) => constitution.close()));
