import {
  type Constitution,
  defaultConstitutionDirectory,
  loadConstitution,
  readConstitutionDirectory,
} from '@charterbus/policy-client';
import { concurrent } from '../../measure/batch.js';
import type { OpenRow, Row } from '../../suite.js';
import { inTurn } from '../in-turn.js';
import { insist } from '../insist.js';
import { type Asked, constitutionFiles, requests, roleOf, unrememberedSenders } from './workload.js';

const never = new AbortController().signal;

export const openJudging = async (
  constitution: Constitution,
  asked: readonly Asked[],
  atATime = 1,
): Promise<OpenRow> => {
  const judge = async (n: number) => {
    const request = inTurn(asked, n);
    const facts = await constitution.gatherFacts(request, never);
    return constitution.judge({ ...request, facts }, never);
  };
  const { effect } = await judge(0);
  insist(effect === 'allow', `The constitution does not allow the message: ${effect}.`);
  return { batch: concurrent(atATime, judge), close: () => constitution.close() };
};

export const judgeRemembered = (name: string): Row => ({
  name,
  kind: 'ours',
  profile: 'default constitution, facts gathered, key made, answer remembered, verdict made',
  open: async () =>
    openJudging(await loadConstitution(await readConstitutionDirectory(defaultConstitutionDirectory)), requests(1)),
});

export const judgeUncached = (name: string, policies: number): Row => ({
  name,
  kind: 'ours',
  profile: `the last policy applies, facts gathered, key made, no answer still remembered, request held to the schema, verdict made`,
  open: async () =>
    openJudging(
      await loadConstitution(constitutionFiles(policies)),
      requests(unrememberedSenders, roleOf(policies - 1)),
    ),
});
