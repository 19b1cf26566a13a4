import { NatsServer } from '@charterbus/tooling/testing';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { concurrent } from '../../measure/batch.js';
import type { OpenRow, Row } from '../../suite.js';
import { Arrivals } from '../arrivals.js';
import { numberOf, payload } from '../payload.js';

const subject = 'messages.worker';

const open = async (senders: number, syncsEachWrite: boolean): Promise<OpenRow> => {
  const server = await NatsServer.start({ syncsEachWrite });
  const connection = await connect({ servers: `127.0.0.1:${server.port}` });
  const manager = await jetstreamManager(connection);
  await manager.streams.add({ name: 'messages', subjects: ['messages.*'], storage: 'file', retention: 'workqueue' });
  await manager.consumers.add('messages', { durable_name: 'worker', ack_policy: 'explicit', max_ack_pending: 10_000 });
  const client = jetstream(connection);
  const consumer = await client.consumers.get('messages', 'worker');
  const arrivals = new Arrivals();
  const messages = await consumer.consume({
    max_messages: 1000,
    callback: (message) => {
      message.ack();
      arrivals.arrived(numberOf(message.json()));
    },
  });
  const send = async (n: number): Promise<void> => {
    const arrived = arrivals.of(n);
    await client.publish(subject, JSON.stringify(payload(n)));
    await arrived;
  };
  const close = async (): Promise<void> => {
    await messages.close();
    await connection.close();
    await server[Symbol.asyncDispose]();
  };
  return { batch: concurrent(senders, send), leastOperations: senders * 2, close };
};

export const jetStream = (name: string, senders: number, syncsEachWrite: boolean): Row => ({
  name,
  kind: 'peer',
  profile: `a nats-server of its own, file storage ${syncsEachWrite ? 'synced with each write' : 'synced every two minutes'}; ${senders} that publish and wait for the answer and for the consumer, which acknowledges`,
  leavesOut: `policies, envelope, leaves, dedupe, a wait until the acknowledgement is kept${syncsEachWrite ? '' : ', anything synced before the answer'}`,
  open: () => open(senders, syncsEachWrite),
});
