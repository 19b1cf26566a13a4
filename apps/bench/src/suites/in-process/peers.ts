import { EventEmitter } from 'node:events';
import Emittery from 'emittery';
import { ServiceBroker } from 'moleculer';
import { concurrent, synchronous } from '../../measure/batch.js';
import type { Row } from '../../suite.js';
import { insist } from '../insist.js';
import { numberOf, type Payload, payload } from '../payload.js';

const ungoverned = 'identity, policies, digest, leaves, leases, redelivery';

export const eventEmitter = (name: string): Row => ({
  name,
  kind: 'peer',
  profile: 'one listener, called at once; nobody waits for what it returns',
  leavesOut: `${ungoverned}, waiting for the handler`,
  open: async () => {
    const emitter = new EventEmitter<{ message: [Payload] }>();
    let last = 0;
    emitter.on('message', (content) => {
      last = numberOf(content);
    });
    const batch = synchronous((n) => {
      emitter.emit('message', payload(n));
      return last;
    });
    return { batch, close: async () => void emitter.removeAllListeners() };
  },
});

export const emittery = (name: string, inFlight: number): Row => ({
  name,
  kind: 'peer',
  profile: `one listener, awaited; ${inFlight} in flight`,
  leavesOut: ungoverned,
  open: async () => {
    const emitter = new Emittery<{ message: Payload }>();
    let last = 0;
    emitter.on('message', ({ data }) => {
      last = numberOf(data);
    });
    const emit = async (n: number): Promise<number> => {
      await emitter.emit('message', payload(n));
      return last;
    };
    return { batch: concurrent(inFlight, emit), close: async () => emitter.clearListeners() };
  },
});

export const moleculerCall = (name: string, inFlight: number): Row => ({
  name,
  kind: 'peer',
  profile: `a local call of one action, its answer awaited, default middleware, no logger; ${inFlight} in flight`,
  leavesOut: ungoverned,
  open: async () => {
    const broker = new ServiceBroker({ logger: false });
    broker.createService({
      name: 'worker',
      actions: { handle: ({ params }: { readonly params: Payload }) => numberOf(params) },
    });
    await broker.start();
    const call = async (n: number): Promise<number> => broker.call<number, Payload>('worker.handle', payload(n));
    insist((await call(7)) === 7, 'moleculer did not call the action.');
    return { batch: concurrent(inFlight, call), close: () => broker.stop() };
  },
});
