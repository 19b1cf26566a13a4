import { identifierSchema, type MessageType, messageTypes, OperationError, rfc3339 } from '@charterbus/core-models';
import { holderOf } from '../broker/entry.js';
import type { BusContext } from '../context.js';
import { isHalt, type StopRecord } from '../topics/topic-records.js';
import { recallLeases } from '../way/recall.js';
import { readStatedReason } from '../way/settle.js';
import type { StopTarget } from './stops.js';

/** What to stop: an agent, a tenant, a type of messages (in one tenant, of sender or recipient, or in all), or everything. */
export type HaltTarget =
  | { readonly tenant: string; readonly agent: string }
  | { readonly tenant: string }
  | { readonly type: MessageType; readonly tenant?: string }
  | { readonly everything: true };

export type Halt = HaltTarget & {
  /** The words of the operator. */
  readonly reason: string;
  /** RFC 3339. */
  readonly since: string;
};

const invalid = (message: string): OperationError => new OperationError('REQUEST_INVALID', message);

const readIdentifier = (value: unknown, name: string): string => {
  const read = identifierSchema.safeParse(value);
  if (read.success) return read.data;
  throw invalid(`${name} ${read.error.issues[0]?.message ?? 'is not valid'}.`);
};

const readType = (value: unknown): MessageType => {
  const type = messageTypes.find((one) => one === value);
  if (type === undefined) throw invalid('type is not a type of messages.');
  return type;
};

/** @throws OperationError `REQUEST_INVALID`. */
const readTarget = (target: HaltTarget): StopTarget => {
  const stated = Object.keys(target).filter((key) => key !== 'tenant');
  if (stated.length > 1) throw invalid('One agent, tenant or type is halted at a time, or everything.');
  if ('everything' in target) {
    if (target.everything !== true || 'tenant' in target) throw invalid('everything is true, and stands alone.');
    return { kind: 'halt-everything', tenant: '', name: '' };
  }
  if ('type' in target) {
    const tenant = target.tenant === undefined ? '' : readIdentifier(target.tenant, 'tenant');
    return { kind: 'halt-type', tenant, name: readType(target.type) };
  }
  const tenant = readIdentifier(target.tenant, 'tenant');
  if ('agent' in target) return { kind: 'halt-agent', tenant, name: readIdentifier(target.agent, 'agent') };
  return { kind: 'halt-tenant', tenant, name: '' };
};

const targetOf = ({ kind, tenant, name }: StopRecord): HaltTarget => {
  switch (kind) {
    case 'halt-agent':
      return { tenant, agent: name };
    case 'halt-type':
      return tenant === '' ? { type: readType(name) } : { type: readType(name), tenant };
    case 'halt-tenant':
      return { tenant };
    default:
      return { everything: true };
  }
};

const toHalt = (record: StopRecord): Halt => ({
  ...targetOf(record),
  reason: record.reason,
  since: rfc3339(record.since),
});

/**
 * One switch for an agent, a tenant, a type of messages or everything. What is halted neither sends nor receives nor settles,
 * also after a restart and in every process on the same store, until it is lifted: what is queued or held waits in its
 * place, what is in hand is taken back. Audited, as its end is.
 */
export class KillSwitch {
  readonly #context: BusContext;

  constructor(context: BusContext) {
    this.#context = context;
  }

  /**
   * Resolves when it is committed, nothing more is leased and every lease that it covers has ended. It is in force in this
   * process from the call on.
   *
   * @param reason is kept and shown: 1 to 1,000 characters.
   * @throws OperationError `REQUEST_INVALID` or `HALT_LIMIT_REACHED`; StoreError where it could not be kept: then it is in
   * force in this process all the same, until it is lifted or the process ends.
   */
  async halt(target: HaltTarget, reason: string): Promise<Halt> {
    const { stops } = this.#context;
    const what = readTarget(target);
    const words = readStatedReason(reason);
    try {
      return toHalt(await stops.stop(what, words));
    } finally {
      // Also where it could not be kept: it is in force here.
      if (stops.isStopped(what)) await this.#recall();
    }
  }

  /** Whether it was halted. Resolves when its end is committed, and leases are given again. Throws as `halt` does. */
  async lift(target: HaltTarget, reason: string): Promise<boolean> {
    return this.#context.stops.resume(readTarget(target), readStatedReason(reason));
  }

  /** Oldest first. */
  get all(): readonly Halt[] {
    return this.#context.stops.all.filter(isHalt).map(toHalt);
  }

  async #recall(): Promise<void> {
    const { halts } = this.#context.stops;
    await recallLeases(async (entry, read) => {
      if (halts.stops(holderOf(entry)) || halts.stops(entry.recipient)) return true;
      if (!halts.marks) return false;
      const message = await read();
      return message !== undefined && halts.covers(message, entry.recipient.tenant);
    }, this.#context);
  }
}
