import { chanceOf, type HistoryEvent, runAndJudge } from '@charterbus/tooling/testing';
import { doFaults, type FaultName } from './faults.js';
import { lookAtTheEnd } from './look.js';
import { ServerRun } from './server-run.js';

const workers = ['worker-a', 'worker-b', 'worker-c'];
const senders = ['sender-a', 'sender-b'];

/** Everybody at work: consumers that fail, forget and are late among those that do not, one of them behind bad connections. */
const populate = (run: ServerRun, seed: number, expires: boolean): void => {
  const common = { lanes: 2, max: 4, workMs: 0, late: 0.03, forgets: 0.03, fails: 0.1 };
  for (const [place, agent] of workers.entries()) {
    run.consume(agent, { ...common, by: `consumer-${agent}-1`, seed: seed + 10 * place });
    run.consume(agent, { ...common, by: `consumer-${agent}-2`, seed: seed + 10 * place + 5, unsure: place === 2 });
  }
  for (const [place, by] of senders.entries()) {
    run.send({ by, seed: seed + 100 + place, lanes: 4, recipients: workers, expires, poison: 0.003 });
  }
};

/** A server through so many faults of these kinds, and the judgement of it. */
export const chaos = (
  name: string,
  seed: number,
  kinds: readonly FaultName[],
  count: number,
): Promise<readonly HistoryEvent[]> =>
  runAndJudge(name, seed, async (directory) => {
    const chance = chanceOf(seed);
    await using run = await ServerRun.start(directory, [...workers, ...senders]);
    populate(run, seed, !kinds.includes('set the clock'));
    await doFaults(run, kinds, count, chance);
    run.proxy.heal();
    // A run in which little happens keeps every promise.
    const said = (word: string): number => run.actors.reduce((sum, actor) => sum + actor.said(word), 0);
    await run.progress.until(() => said('receipt') >= 200 && said('settled') >= 200, 'after the last fault');
    await run.killAll();
    await lookAtTheEnd(run.data, run.tokens.values(), run.recorder);
  });
