import { describe, expect, test } from 'vitest';
import type { Answer } from '../../src/harness/protocol.js';
import { startHere } from '../../src/harness/runner.js';
import { serveRow } from '../../src/harness/serve-row.js';
import type { Row } from '../../src/suite.js';

/** The harness's side of a channel. */
const channel = () => {
  const answers: Answer[] = [];
  let answered = Promise.withResolvers<Answer>();
  const ended = Promise.withResolvers<void>();
  let question: (asked: unknown) => void = () => {};
  let gone: () => void = () => {};
  return {
    side: {
      send: (answer: Answer) => {
        answers.push(answer);
        answered.resolve(answer);
      },
      onQuestion: (listener: typeof question) => {
        question = listener;
      },
      onGone: (listener: () => void) => {
        gone = listener;
      },
      end: () => ended.resolve(),
    },
    answers,
    ended: ended.promise,
    ask: (asked: unknown): Promise<Answer> => {
      answered = Promise.withResolvers<Answer>();
      question(asked);
      return answered.promise;
    },
    leave: () => gone(),
  };
};

const rowThat = (batch: () => Promise<void>) => {
  let closed = 0;
  const row: Row = {
    name: 'row',
    kind: 'ours',
    profile: 'none',
    open: async () => ({
      batch,
      close: async () => {
        closed += 1;
      },
    }),
  };
  return { row, closed: () => closed };
};

const works = () => rowThat(() => Promise.resolve());

describe('the process of a row', () => {
  test('answers each question, and closes once', async () => {
    const { row, closed } = works();
    const { side, answers, ask, leave, ended } = channel();
    await serveRow(() => startHere('suite', row), side);
    expect(answers).toEqual([{ answer: 'done' }]);
    expect(await ask({ ask: 'warm-up', times: { least: 0, most: 0 } })).toMatchObject({ answer: 'rate' });
    expect(await ask({ ask: 'sample', operations: 2 })).toMatchObject({ answer: 'sample' });
    expect(await ask({ ask: 'close' })).toEqual({ answer: 'done' });
    leave();
    await ended;
    expect(closed()).toBe(1);
  });

  test('closes its row when nobody is left to ask', async () => {
    const { row, closed } = works();
    const { side, leave, ended } = channel();
    await serveRow(() => startHere('suite', row), side);
    leave();
    await ended;
    expect(closed()).toBe(1);
  });

  test('says what failed', async () => {
    const { row } = rowThat(() => Promise.reject(new Error('no disk')));
    const { side, ask } = channel();
    await serveRow(() => startHere('suite', row), side);
    const answer = await ask({ ask: 'sample', operations: 1 });
    expect(answer).toMatchObject({ answer: 'failed', message: expect.stringContaining('no disk') as string });
  });

  test('ends when its row cannot be set up', async () => {
    const { side, answers, ended } = channel();
    await serveRow(() => Promise.reject(new Error('not here')), side);
    await ended;
    expect(answers).toMatchObject([{ answer: 'failed', message: expect.stringContaining('not here') as string }]);
  });
});
