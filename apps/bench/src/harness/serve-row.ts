import { type Answer, type Question, questionSchema } from './protocol.js';
import type { Runner } from './runner.js';
import { wordsOf } from './words-of.js';

/** The side of the channel that a row's process has. */
export interface Channel {
  readonly send: (answer: Answer) => void;
  readonly onQuestion: (listener: (question: unknown) => void) => void;
  /** Whoever asks is gone. */
  readonly onGone: (listener: () => void) => void;
  readonly end: () => void;
}

const answerTo = async (runner: Runner, question: Question): Promise<Answer> => {
  switch (question.ask) {
    case 'warm-up':
      return { answer: 'rate', value: await runner.warmUp(question.times) };
    case 'sample':
      return { answer: 'sample', sample: await runner.sample(question.operations) };
    case 'close':
      await runner[Symbol.asyncDispose]();
      return { answer: 'done' };
  }
};

const failed = (error: unknown): Answer => ({
  answer: 'failed',
  message: wordsOf(error),
});

/** Sets a row up, says so, and answers until it is told to close or nobody is left to ask. */
export const serveRow = async (start: () => Promise<Runner>, channel: Channel): Promise<void> => {
  let runner: Runner;
  try {
    runner = await start();
  } catch (error) {
    channel.send(failed(error));
    channel.end();
    return;
  }
  channel.onGone(() => void runner[Symbol.asyncDispose]().then(channel.end, channel.end));
  channel.onQuestion((asked) => {
    const question = questionSchema.parse(asked);
    void answerTo(runner, question).then(channel.send, (error: unknown) => channel.send(failed(error)));
  });
  channel.send({ answer: 'done' });
};
