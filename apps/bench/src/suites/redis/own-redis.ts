import { startRedis } from '@charterbus/tooling/testing';
import { Redis } from 'ioredis';
import type { OpenRow } from '../../suite.js';

/** As it is run where messages matter and speed does too: what is written is synced each second. */
const settings = ['--appendonly', 'yes', '--appendfsync', 'everysec'] as const;

export interface OwnRedis {
  readonly url: string;
  /** Another connection, which ends with the row. */
  readonly connect: () => Redis;
}

/** A row with a server of its own. */
export const withRedis = async (open: (redis: OwnRedis) => Promise<OpenRow>): Promise<OpenRow> => {
  const server = await startRedis({ args: settings });
  const connections: Redis[] = [];
  const end = async (): Promise<void> => {
    for (const connection of connections) connection.disconnect();
    await server[Symbol.asyncDispose]();
  };
  try {
    const row = await open({
      url: server.url,
      connect: () => {
        const connection = new Redis(server.url);
        connections.push(connection);
        return connection;
      },
    });
    const close = async (): Promise<void> => {
      await row.close();
      await end();
    };
    return { ...row, close };
  } catch (error) {
    await end();
    throw error;
  }
};

/** Where it runs, and how what it writes is kept. */
export const where = 'a Redis of its own, AOF synced each second';
