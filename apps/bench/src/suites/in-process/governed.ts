import { type AgentHandle, type BusOptions, createBus, memoryBackend } from '@charterbus/bus';
import { concurrent } from '../../measure/batch.js';
import type { OpenRow, Row } from '../../suite.js';
import { Arrivals } from '../arrivals.js';
import { inTurn } from '../in-turn.js';
import { numberOf, payload } from '../payload.js';

interface Shape {
  readonly senders: number;
  readonly recipients: number;
  readonly inFlight: number;
  /** Whether there is a log, of which each message's digest and leaves are made as it goes. */
  readonly audited?: boolean;
}

/** @param options of the bus, where they are not the defaults. */
export const openGoverned = async (
  { senders, recipients, inFlight, audited = false }: Shape,
  options: BusOptions = {},
): Promise<OpenRow> => {
  const bus = await createBus({ backend: memoryBackend({ log: audited, leavesAtOnce: audited }), ...options });
  const register = (role: string, count: number): Promise<AgentHandle[]> =>
    Promise.all(
      Array.from({ length: count }, async (_, index) => {
        const { handle } = await bus.register({ tenant: 'acme', id: `${role}-${index}` });
        return handle;
      }),
    );
  const from = await register('sender', senders);
  const arrivals = new Arrivals();
  for (const recipient of await register('worker', recipients)) {
    recipient.handle((message) => arrivals.arrived(numberOf(message.content)), { credit: inFlight });
  }
  const send = async (n: number): Promise<void> => {
    const arrival = arrivals.of(n);
    const to = { agent: `worker-${Math.floor(n / senders) % recipients}` };
    await inTurn(from, n).send({ to, type: 'query', content: payload(n) });
    await arrival;
  };
  return { batch: concurrent(inFlight, send), close: async () => void (await bus.drain()) };
};

const profile =
  'memory broker with its own retention (4 MiB of finished messages), default constitution, structural validators, handles attest, two verdicts for each message, metering, health and instruments as they are by default (on); an operation ends when the receipt is there and the handler has run';

/** One sender and one recipient: after the first message both verdicts are remembered. */
export const governed = (name: string, inFlight: number): Row => ({
  name,
  kind: 'ours',
  profile: `${profile}; no log, so that the verdicts bind the message and its digest is made when somebody asks; ${inFlight} in flight, one sender, one recipient, verdicts remembered`,
  open: () => openGoverned({ senders: 1, recipients: 1, inFlight }),
});

/** The same with a log: the digest of each message and the text of each leaf are made as it goes. */
export const audited = (name: string, inFlight: number): Row => ({
  name,
  kind: 'ours',
  profile: `${profile}; with a log, digest and leaves made at once; ${inFlight} in flight, one sender, one recipient, verdicts remembered`,
  open: () => openGoverned({ senders: 1, recipients: 1, inFlight, audited: true }),
});

/**
 * So many pairs in turn that a cache of ten thousand answers has forgotten a pair when it comes again: each message takes
 * two calls of Cedar.
 */
export const governedUnremembered = (name: string, inFlight: number): Row => ({
  name,
  kind: 'ours',
  profile: `${profile}; ${inFlight} in flight, 128 senders and 128 recipients in turn, so that no verdict is still remembered`,
  open: () => openGoverned({ senders: 128, recipients: 128, inFlight }),
});
