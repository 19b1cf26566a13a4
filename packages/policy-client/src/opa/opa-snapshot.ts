import { setMaxListeners } from 'node:events';
import type { EngineAnswer, EngineRequest, EngineSnapshot, PolicyRecord } from '../engine/policy-engine.js';
import { decisionInput } from '../rego/decision-input.js';
import { noDecision } from '../rego/read-decision.js';
import { batchBody, parts, readBatch } from './batch.js';
import type { Reply } from './exchange.js';
import { NoReply } from './no-reply.js';
import type { OpaClient } from './opa-client.js';
import { type Expected, readReply } from './read-reply.js';
import { Together } from './together.js';

/** In bytes of JSON text: no message of the bus comes near. */
const largestInput = 256 * 1024;
/** In bytes: of one decision, and of one in a batch. */
const largestReply = 512 * 1024;
/** Questions of one batch at a time, where the server takes none. */
const parallel = 16;

const query = '?strict-builtin-errors=true&provenance=true';

const inputText = (request: EngineRequest): string => {
  const text = JSON.stringify(decisionInput(request));
  if (text.length > largestInput) throw new RangeError(`The input is larger than ${largestInput} bytes.`);
  return text;
};

const failure = (error: unknown): EngineAnswer =>
  noDecision(error instanceof NoReply || error instanceof RangeError ? error.message : 'The question cannot be put.');

const missing = noDecision('OPA left this one out.');

const textOrFailure = (request: EngineRequest): string | EngineAnswer => {
  try {
    return inputText(request);
  } catch (error) {
    return failure(error);
  }
};

/** What one OPA decides under one rule. Every answer that cannot be used denies, each with its reason. */
export class OpaSnapshot implements EngineSnapshot {
  readonly policies: readonly PolicyRecord[];
  readonly #client: OpaClient;
  readonly #expected: Expected;
  readonly #together: Together;
  /** Open source OPA knows no batches; whether the server does is found out once. */
  #takesBatches = true;

  constructor(client: OpaClient, expected: Expected, policies: readonly PolicyRecord[]) {
    this.#client = client;
    this.#expected = expected;
    this.policies = policies;
    this.#together = new Together((texts, signal) => this.#all(texts, signal), missing);
  }

  async evaluate(request: EngineRequest, signal: AbortSignal): Promise<EngineAnswer> {
    try {
      const text = inputText(request);
      return await (this.#takesBatches ? this.#together.ask(text, signal) : this.#one(text, signal));
    } catch (error) {
      return failure(error);
    }
  }

  /** Equal requests are asked once. What fails denies what it is about, and nothing else. */
  async evaluateMany(requests: readonly EngineRequest[], signal: AbortSignal): Promise<readonly EngineAnswer[]> {
    const texts = requests.map(textOrFailure);
    const unique = [...new Set(texts.filter((text) => typeof text === 'string'))];
    const answered = await this.#all(unique, signal);
    const answers = new Map(unique.map((text, index) => [text, answered[index]]));
    return texts.map((text) => (typeof text === 'string' ? (answers.get(text) ?? missing) : text));
  }

  close(): Promise<void> {
    this.#client.close();
    return Promise.resolve();
  }

  async #one(text: string, signal: AbortSignal): Promise<EngineAnswer> {
    const path = `/v1/data/${this.#expected.rule}${query}`;
    const question = { path, body: `{"input":${text}}`, largestReply };
    return this.#client.ask(question, (reply) => readReply(reply, this.#expected), signal);
  }

  /** Never rejects. */
  async #all(texts: readonly string[], signal: AbortSignal): Promise<readonly EngineAnswer[]> {
    const answers: EngineAnswer[] = [];
    for (const part of parts(texts)) answers.push(...(await this.#part(part, signal)));
    return answers;
  }

  async #part(texts: readonly string[], signal: AbortSignal): Promise<readonly EngineAnswer[]> {
    const [only] = texts;
    if (only !== undefined && texts.length === 1) return [await this.#one(only, signal).catch(failure)];
    if (!this.#takesBatches) return this.#each(texts, signal);
    const path = `/v1/batch/data/${this.#expected.rule}${query}`;
    const question = { path, body: batchBody(texts), largestReply: largestReply * texts.length };
    try {
      const read = (reply: Reply) =>
        reply.status === 404 ? undefined : readBatch(reply, texts.length, this.#expected);
      const answers = await this.#client.ask(question, read, signal);
      if (answers !== undefined) return answers;
      this.#takesBatches = false;
    } catch (error) {
      return texts.map(() => failure(error));
    }
    return this.#each(texts, signal);
  }

  /** One by one, so many at a time. */
  async #each(texts: readonly string[], signal: AbortSignal): Promise<readonly EngineAnswer[]> {
    const answers: EngineAnswer[] = [];
    const left = texts.entries();
    const stop = AbortSignal.any([signal]);
    // Its own, and rightly with a listener for each that is under way.
    setMaxListeners(2 * parallel, stop);
    const work = async (): Promise<void> => {
      for (const [index, text] of left) answers[index] = await this.#one(text, stop).catch(failure);
    };
    await Promise.all(Array.from({ length: Math.min(parallel, texts.length) }, work));
    return answers;
  }
}
