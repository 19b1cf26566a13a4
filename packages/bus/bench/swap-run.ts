import { type ConstitutionFile, constitutionalHash, type Digest, type Verdict } from '@charterbus/core-models';
import { type AgentHandle, type Bus, createBus } from '../src/index.js';

/**
 * Constitutions that come into force in turn while messages are sent and delivered, and everything that must hold of it:
 * nothing is dropped, nothing fails, and no verdict rests on two of them.
 */
export interface SwapRunOptions {
  readonly swaps: number;
  /** Send loops at a time. */
  readonly lanes: number;
  /** Between one activation and the next. */
  readonly pause: () => Promise<void>;
  /** Of each loop, between one message and the next. Default: a turn of the event loop. */
  readonly rest?: () => Promise<void>;
  /** Load each constitution anew before it comes into force, instead of keeping the four staged. Default false. */
  readonly loadAnew?: boolean;
  /** Called after each activation, with its number from 1. */
  readonly onSwap?: (swap: number) => void;
}

export interface SwapRun {
  readonly swaps: number;
  readonly sent: number;
  readonly delivered: number;
  /** By what kind of fault, how often; empty where everything held. */
  readonly faults: ReadonlyMap<string, number>;
}

const editions = 4;
const policies = 20;

const manifest = `format: charterbus.constitution/1
name: edition
revision: 1
engine: cedar
tests: optional
facts:
  types: { Edition: { number: int } }
  tables: { editions: { file: editions.json, row: Edition } }
  send: { edition: 'editions["now"].number' }
  receive: { edition: 'editions["now"].number' }
`;

/** Everything passes if, and only if, policies and data are of the same edition. */
const policiesOf = (edition: number): string => {
  const fillers = Array.from(
    { length: policies - 2 },
    (_, number) =>
      `@id("size-${number}-${edition}") forbid (principal, action == Action::"send", resource) when { context.contentBytes > ${10_000 + number} };`,
  );
  return [
    `@id("send-${edition}") permit (principal, action == Action::"send", resource) when { context.edition == ${edition} };`,
    `@id("receive-${edition}") permit (principal, action == Action::"receive", resource) when { context.edition == ${edition} };`,
    ...fillers,
  ].join('\n');
};

const filesOf = (edition: number): readonly ConstitutionFile[] =>
  Object.entries({
    'manifest.yaml': manifest,
    'policies/edition.cedar': policiesOf(edition),
    'data/editions.json': JSON.stringify({ now: { number: edition } }),
  }).map(([path, text]) => ({ path, bytes: Buffer.from(text) }));

class Watch {
  readonly faults = new Map<string, number>();
  readonly editionOf = new Map<Digest, number>();
  sent = 0;
  delivered = 0;

  fault(kind: string): void {
    this.faults.set(kind, (this.faults.get(kind) ?? 0) + 1);
  }

  /** Each by one edition, whose policies alone decided; all of one message by the same. */
  look(verdicts: readonly Verdict[], where: string): void {
    for (const { binds, effect, policies: deciding } of verdicts) {
      const edition = this.editionOf.get(binds.constitutionDigest);
      if (edition === undefined) this.fault(`${where}: unknown constitution`);
      if (effect !== 'allow') this.fault(`${where}: ${effect}`);
      if (deciding.some((id) => !id.endsWith(`-${edition}`))) this.fault(`${where}: a mix of policies`);
    }
    if (new Set(verdicts.map(({ binds }) => binds.constitutionDigest)).size > 1) this.fault(`${where}: a mix`);
  }
}

const sendUntil = async (
  stop: AbortSignal,
  planner: AgentHandle,
  watch: Watch,
  { lane, rest }: { readonly lane: number; readonly rest: () => Promise<void> },
): Promise<void> => {
  for (let number = 0; !stop.aborted; number++) {
    try {
      const draft = { to: { agent: 'worker' }, type: 'query', content: number % 7 } as const;
      const { verdicts } = await planner.send({ ...draft, conversationId: `lane-${lane}` });
      watch.sent += 1;
      watch.look(verdicts, 'receipt');
    } catch (error) {
      watch.fault(`send: ${error instanceof Error ? error.message : String(error)}`);
    }
    // Otherwise memory answers before anybody else has a turn.
    await rest();
  }
};

const nextTurn = (): Promise<void> => {
  const { promise, resolve } = Promise.withResolvers<void>();
  setImmediate(resolve);
  return promise;
};

/** By edition, from 1. */
const stageAll = async (bus: Bus, watch: Watch): Promise<ReadonlyMap<number, Digest>> => {
  const hashes = new Map<number, Digest>();
  for (let edition = 1; edition <= editions; edition++) {
    const { hash } = await bus.operations.constitution.stage(filesOf(edition), { keep: true });
    hashes.set(edition, hash);
    watch.editionOf.set(hash, edition);
  }
  return hashes;
};

const swapAll = async (bus: Bus, watch: Watch, options: SwapRunOptions): Promise<void> => {
  const { swaps, pause, onSwap, loadAnew = false } = options;
  const { constitution } = bus.operations;
  for (let swap = 1; swap <= swaps; swap++) {
    const edition = (swap % editions) + 1;
    const hash = constitutionalHash(filesOf(edition));
    if (loadAnew) await constitution.stage(filesOf(edition));
    await constitution.activate(hash, { why: `swap ${swap}` });
    if (bus.constitution.hash !== hash) watch.fault('not in force after its activation');
    onSwap?.(swap);
    await pause();
  }
};

/** In the audit log, each admission is under the constitution whose activation stands before it. */
const readLog = async ({ operations }: Bus, watch: Watch): Promise<void> => {
  let inForce: string | undefined;
  for (let index = 0; index < (await operations.leafCount()); index++) {
    const text = (await operations.leaf(index))?.text;
    if (text === undefined) continue;
    const { kind, constitution } = JSON.parse(text) as { readonly kind: string; readonly constitution: string };
    if (kind === 'activation') inForce = constitution;
    if (kind === 'admission' && inForce !== undefined && constitution !== inForce) watch.fault('log: superseded');
  }
};

/** Memory is to be the constitutions', not that of messages that are done with. */
const retention = { finishedMs: 1000, finishedBytes: 2 ** 20, deadLetterMs: 1000, everyMs: 100 };

export const swapUnderLoad = async (options: SwapRunOptions): Promise<SwapRun> => {
  const watch = new Watch();
  const onBackgroundError = (task: string, error: unknown): void => watch.fault(`${task}: ${String(error)}`);
  await using bus = await createBus({ onBackgroundError, delivery: { retention } });
  const { constitution } = bus.operations;
  const hashes = await stageAll(bus, watch);
  await constitution.activate(hashes.get(1) ?? '', { why: 'the first' });
  const { handle: planner } = await bus.register({ tenant: 'acme', id: 'planner' });
  const { handle: worker } = await bus.register({ tenant: 'acme', id: 'worker' });
  worker.handle((_, { verdict }) => {
    watch.delivered += 1;
    watch.look([verdict], 'delivery');
  });
  const stop = new AbortController();
  const { rest = nextTurn } = options;
  const lanes = Array.from({ length: options.lanes }, (_, lane) =>
    sendUntil(stop.signal, planner, watch, { lane, rest }),
  );
  await swapAll(bus, watch, options);
  stop.abort();
  await Promise.all(lanes);
  while (bus.counts.queued + bus.counts.leased > 0) await nextTurn();
  await readLog(bus, watch);
  if ((await bus.operations.deadLetters()).items.length > 0) watch.fault('a dead letter');
  if (watch.sent !== watch.delivered) watch.fault(`${watch.sent} sent, ${watch.delivered} delivered`);
  return { swaps: options.swaps, sent: watch.sent, delivered: watch.delivered, faults: watch.faults };
};
