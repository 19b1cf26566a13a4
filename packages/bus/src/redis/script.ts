import { hash } from 'node:crypto';
import { isRedisAnswer, type RedisConnection } from '@charterbus/registry/redis';
import type { Redis } from 'ioredis';

/** A script, sent by its digest, and whole where Redis has it no longer. */
export class Script {
  readonly #text: string;
  readonly #digest: string;

  constructor(text: string) {
    this.#text = text;
    this.#digest = hash('sha1', text, 'hex');
  }

  /** @param values the first key, then what the script takes. @param after sent along behind it. */
  async run<After>(
    connection: RedisConnection,
    values: readonly string[],
    withinMs: number,
    after?: (client: Redis) => Promise<After>,
  ): Promise<readonly [answer: unknown, after: After | undefined]> {
    const send = (client: Redis, command: 'evalsha' | 'eval', script: string) =>
      both(client.call(command, [script, '1', ...values]), after?.(client));
    try {
      return await connection.run((client) => send(client, 'evalsha', this.#digest), withinMs);
    } catch (error) {
      if (!isRedisAnswer(error) || !error.message.startsWith('NOSCRIPT')) throw error;
    }
    return connection.run((client) => send(client, 'eval', this.#text), withinMs);
  }
}

/** What the first fails with counts. */
const both = async <Answer, After>(
  first: Promise<Answer>,
  second: Promise<After> | undefined,
): Promise<readonly [Answer, After | undefined]> => {
  if (second === undefined) return [await first, undefined];
  const [answer, after] = await Promise.allSettled([first, second]);
  if (answer.status === 'rejected') throw answer.reason;
  return [answer.value, after.status === 'fulfilled' ? after.value : undefined];
};
