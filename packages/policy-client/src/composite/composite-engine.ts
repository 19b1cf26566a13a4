import type {
  ActionReads,
  Actions,
  ContextView,
  EngineAnswer,
  EngineLoad,
  EngineRequest,
  EngineSnapshot,
  PolicyEngine,
  PolicyRecord,
  RecipientReads,
} from '../engine/policy-engine.js';
import { isThenable } from '../judgement/ask.js';
import type { ConstitutionProblem } from '../source/problem.js';
import type { ConstitutionSources } from '../source/read-sources.js';
import { combineAnswers, type MemberAnswer, type MemberPolicies, memberAnswer, prefixed } from './combine-answers.js';

interface Member {
  readonly name: string;
  readonly snapshot: EngineSnapshot;
  readonly policies: MemberPolicies;
}

const memberOf = (name: string, snapshot: EngineSnapshot): Member => ({
  name,
  snapshot,
  policies: new Map(snapshot.policies.map(({ id, effect }) => [id, effect])),
});

const failure = (error: unknown): EngineAnswer => ({
  decision: 'deny',
  policies: [],
  errors: [error instanceof Error && error.message !== '' ? error.message : 'failed without a message'],
});

/** What a member says, at once where it can; never throws or rejects. */
const askMember = (
  { name, snapshot, policies }: Member,
  request: EngineRequest,
  signal: AbortSignal,
): MemberAnswer | Promise<MemberAnswer> => {
  const said = (answer: EngineAnswer): MemberAnswer => ({ member: name, answer });
  try {
    const raw = snapshot.evaluate(request, signal);
    if (!isThenable(raw)) return said(memberAnswer(raw, policies));
    return Promise.resolve(raw).then(
      (answer) => said(memberAnswer(answer, policies)),
      (error: unknown) => said(failure(error)),
    );
  } catch (error) {
    return said(failure(error));
  }
};

/** Nothing where a member cannot tell. */
const allRecipientReads = (all: readonly (RecipientReads | undefined)[]): RecipientReads | undefined => {
  const told = all.filter((reads) => reads !== undefined);
  if (told.length < all.length) return undefined;
  return {
    attributes: new Set(told.flatMap(({ attributes }) => [...attributes])),
    named: new Set(told.flatMap(({ named }) => [...named])),
  };
};

const allReads = (members: readonly Member[], action: string): ActionReads | undefined => {
  const context = new Set<keyof ContextView>();
  const facts = new Set<string>();
  const recipients: (RecipientReads | undefined)[] = [];
  for (const { snapshot } of members) {
    const reads = snapshot.reads?.(action);
    if (reads === undefined) return undefined;
    for (const field of reads.context) context.add(field);
    for (const fact of reads.facts) facts.add(fact);
    recipients.push(reads.recipient);
  }
  const recipient = allRecipientReads(recipients);
  return recipient === undefined ? { context, facts } : { context, facts, recipient };
};

class CompositeSnapshot implements EngineSnapshot {
  readonly policies: readonly PolicyRecord[];
  readonly #members: readonly Member[];
  readonly #reads = new Map<string, ActionReads | undefined>();

  constructor(members: readonly Member[], actions: Actions) {
    this.#members = members;
    this.policies = Object.freeze(
      members.flatMap(({ name, snapshot }) =>
        snapshot.policies.map((policy) => Object.freeze({ ...policy, id: prefixed(name, policy.id) })),
      ),
    );
    for (const action of actions.keys()) this.#reads.set(action, allReads(members, action));
  }

  reads(action: string): ActionReads | undefined {
    return this.#reads.get(action);
  }

  evaluate(request: EngineRequest, signal: AbortSignal): unknown {
    const asked = this.#members.map((member) => askMember(member, request, signal));
    const known = asked.filter((one): one is MemberAnswer => !isThenable(one));
    if (known.length === asked.length) return combineAnswers(known);
    return Promise.all(asked.map(async (one) => one)).then(combineAnswers);
  }

  async close(): Promise<void> {
    await closeAll(this.#members.map(({ snapshot }) => snapshot));
  }
}

/** Closes each, also where one cannot be closed; the first such failure is thrown. */
const closeAll = async (snapshots: readonly EngineSnapshot[]): Promise<void> => {
  const closings = snapshots.map(async (snapshot) => snapshot.close());
  const failed = (await Promise.allSettled(closings)).find((closing) => closing.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
};

type Engines = Readonly<Record<string, PolicyEngine>>;

const loadMembers = async (
  engines: Engines,
  sources: ConstitutionSources,
  actions: Actions,
  signal: AbortSignal,
): Promise<{ readonly members: readonly Member[]; readonly problems: readonly ConstitutionProblem[] }> => {
  const members: Member[] = [];
  const problems: ConstitutionProblem[] = [];
  try {
    for (const [name, engine] of Object.entries(engines)) {
      const loaded = await engine.load(sources, actions, signal);
      if (loaded.snapshot !== undefined) members.push(memberOf(name, loaded.snapshot));
      problems.push(...loaded.problems.map((problem) => ({ ...problem, message: `${name}: ${problem.message}` })));
    }
  } catch (error) {
    await closeAll(members.map(({ snapshot }) => snapshot));
    throw error;
  }
  return { members, problems };
};

/**
 * Several engines as one, by name. All are asked, those that answer later at the same time: deny beats escalate beats
 * allow, and a member that errs, throws, or answers what it alone could not allow by, denies. A policy's id is that of
 * its member, a dot, and its own.
 */
export const compositeEngine = (engines: Engines): PolicyEngine => {
  const all = Object.values(engines);
  return {
    kind: 'composite',
    capabilities: {
      pure: all.every(({ capabilities }) => capabilities.pure),
      synchronous: all.every(({ capabilities }) => capabilities.synchronous),
    },
    async load(sources, actions, signal): Promise<EngineLoad> {
      if (all.length === 0) throw new TypeError('A composite has members.');
      const { members, problems } = await loadMembers(engines, sources, actions, signal);
      if (problems.length === 0 && members.length === all.length)
        return { snapshot: new CompositeSnapshot(members, actions), problems: [] };
      await closeAll(members.map(({ snapshot }) => snapshot));
      return { problems };
    },
  };
};
