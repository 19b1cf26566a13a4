import type { EngineAnswer } from '../engine/policy-engine.js';
import { GiveUps } from './give-ups.js';

interface Waiting {
  readonly text: string;
  readonly signal: AbortSignal;
  readonly settle: (answer: EngineAnswer) => void;
}

/** Answers each text, in their order; never rejects. */
export type AnswerAll = (texts: readonly string[], signal: AbortSignal) => Promise<readonly EngineAnswer[]>;

/**
 * Puts together what is asked at the same moment, such as the judgements of a fan-out: what is already waiting, never
 * by a timer. Whoever goes does not take the others along.
 */
export class Together {
  readonly #answerAll: AnswerAll;
  readonly #missing: EngineAnswer;
  readonly #giveUps = new GiveUps();
  #waiting: Waiting[] = [];

  /** @param missing stands for an answer that is not there. */
  constructor(answerAll: AnswerAll, missing: EngineAnswer) {
    this.#answerAll = answerAll;
    this.#missing = missing;
  }

  ask(text: string, signal: AbortSignal): Promise<EngineAnswer> {
    return new Promise((settle) => {
      if (this.#waiting.push({ text, signal, settle }) === 1) queueMicrotask(() => void this.#send());
    });
  }

  async #send(): Promise<void> {
    const group = this.#waiting;
    this.#waiting = [];
    const texts = [...new Set(group.map(({ text }) => text))];
    const [first] = group;
    const answers =
      first !== undefined && group.length === 1
        ? await this.#answerAll(texts, first.signal)
        : await this.#answerGroup(group, texts);
    const byText = new Map(texts.map((text, index) => [text, answers[index]]));
    for (const { text, settle } of group) settle(byText.get(text) ?? this.#missing);
  }

  async #answerGroup(group: readonly Waiting[], texts: readonly string[]): Promise<readonly EngineAnswer[]> {
    const stop = new AbortController();
    const left = new Set(group.map(({ signal }) => signal));
    const leave = (signal: AbortSignal): void => {
      left.delete(signal);
      if (left.size === 0) stop.abort();
    };
    const takeBacks = [...left].map((signal) => this.#giveUps.add(signal, () => leave(signal)));
    for (const signal of left) if (signal.aborted) leave(signal);
    try {
      return await this.#answerAll(texts, stop.signal);
    } finally {
      for (const takeBack of takeBacks) takeBack();
    }
  }
}
