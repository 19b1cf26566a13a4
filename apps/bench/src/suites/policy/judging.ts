import {
  type Constitution,
  defaultConstitutionDirectory,
  loadConstitution,
  readConstitutionDirectory,
} from '@charterbus/policy-client';
import { concurrent, synchronous } from '../../measure/batch.js';
import type { OpenRow, Row } from '../../suite.js';
import { inTurn } from '../in-turn.js';
import { insist } from '../insist.js';
import {
  type Asked,
  constitutionFiles,
  policiesOfTenant,
  requests,
  roleOf,
  scopedPolicies,
  sendPolicies,
  unrememberedSenders,
} from './workload.js';

const never = new AbortController().signal;

const load = (policies: readonly string[]): Promise<Constitution> => loadConstitution(constitutionFiles(policies));

const judging = (constitution: Constitution, asked: readonly Asked[]) => (n: number) => {
  const request = inTurn(asked, n);
  const facts = constitution.gatherFacts(request, never);
  insist(!(facts instanceof Promise), 'Nobody outside has to be asked.');
  return constitution.judge({ ...request, facts }, never);
};

const openRemembered = async (constitution: Constitution, asked: readonly Asked[]): Promise<OpenRow> => {
  const judge = judging(constitution, asked);
  for (let n = 0; n < asked.length; n++) insist((await judge(n)).effect === 'allow', 'The message is not allowed.');
  return {
    batch: synchronous((n) => {
      const verdict = judge(n);
      insist(!(verdict instanceof Promise), 'The answer is not remembered.');
      return verdict;
    }),
    close: () => constitution.close(),
  };
};

export const openJudging = async (
  constitution: Constitution,
  asked: readonly Asked[],
  atATime = 1,
): Promise<OpenRow> => {
  const judge = judging(constitution, asked);
  const { effect } = await judge(0);
  insist(effect === 'allow', `The constitution does not allow the message: ${effect}.`);
  return { batch: concurrent(atATime, async (n) => judge(n)), close: () => constitution.close() };
};

/** Asked in turn for so many senders. */
export const judgeRemembered = (name: string, senders: number): Row => ({
  name,
  kind: 'ours',
  profile: 'default constitution, facts gathered, key made, answer remembered, verdict made',
  open: async () =>
    openRemembered(
      await loadConstitution(await readConstitutionDirectory(defaultConstitutionDirectory)),
      requests(senders),
    ),
});

export const judgeUncached = (name: string, policies: number): Row => ({
  name,
  kind: 'ours',
  profile: `the last policy applies, facts gathered, key made, no answer still remembered, request held to the schema, verdict made`,
  open: async () =>
    openJudging(await load(sendPolicies(policies)), requests(unrememberedSenders, roleOf(policies - 1))),
});

/** Only so many of the policies are about the sender's tenant, and the last of these applies. */
export const judgeScoped = (name: string, policies: number): Row => ({
  name,
  kind: 'ours',
  profile: `${policiesOfTenant} policies are about the tenant, the last of them applies; else as uncached`,
  open: async () =>
    openJudging(await load(scopedPolicies(policies)), requests(unrememberedSenders, roleOf(policiesOfTenant - 1))),
});
