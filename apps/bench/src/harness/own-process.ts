import { type ChildProcess, fork } from 'node:child_process';
import type { Row } from '../suite.js';
import { type Answer, answerSchema, type Question } from './protocol.js';
import type { Runner, StartRunner } from './runner.js';

/** The next thing that the process says; rejects where it says that it failed, or ends instead. */
const nextAnswer = (child: ChildProcess): Promise<Answer> => {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const onMessage = (said: unknown): void => {
    const answer = answerSchema.parse(said);
    if (answer.answer === 'failed') reject(new Error(answer.message));
    else resolve(answer);
  };
  const onExit = (code: number | null): void => reject(new Error(`Its process ended with ${code ?? 'a signal'}.`));
  child.once('message', onMessage).once('exit', onExit).once('error', reject);
  return promise.finally(() => child.off('message', onMessage).off('exit', onExit).off('error', reject));
};

const ask = async (child: ChildProcess, question: Question): Promise<Answer> => {
  const answer = nextAnswer(child);
  child.send(question);
  return answer;
};

const unexpected = (answer: Answer): Error => new Error(`An answer to another question: ${answer.answer}.`);

const runnerOf = (child: ChildProcess): Runner => ({
  warmUp: async (times) => {
    const answer = await ask(child, { ask: 'warm-up', times });
    if (answer.answer !== 'rate') throw unexpected(answer);
    return answer.value;
  },
  sample: async (operations) => {
    const answer = await ask(child, { ask: 'sample', operations });
    if (answer.answer !== 'sample') throw unexpected(answer);
    return answer.sample;
  },
  [Symbol.asyncDispose]: async () => {
    if (!child.connected) return;
    try {
      await ask(child, { ask: 'close' });
    } finally {
      if (child.connected) child.disconnect();
    }
  },
});

/**
 * Each row in a process of its own: what one leaves in the heap, in the compiler's type feedback and in WebAssembly
 * instances does not slow its neighbour. Those that are not asked sleep.
 *
 * @param program serves one row of the registry, named by its arguments.
 */
export const startInOwnProcess =
  (program: URL): StartRunner =>
  async (suite: string, row: Row) => {
    const child = fork(program, [suite, row.name], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    await nextAnswer(child);
    return runnerOf(child);
  };
