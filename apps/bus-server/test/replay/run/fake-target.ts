import type {
  Decision,
  Explanation,
  PolicyText,
  ReplayDraft,
  ReplayTarget,
  TargetListener,
} from '../../../src/replay/target/replay-target.js';

/** Allows and delivers everything at once, unless told otherwise. */
export class FakeTarget implements ReplayTarget {
  readonly constitution = { name: 'fake', revision: 1, hash: 'a'.repeat(64), shortHash: 'a'.repeat(16) };
  policies: ReadonlyMap<string, PolicyText> = new Map();
  /** What is known of every message, or why nothing is. */
  explanation: Explanation | Error = {};
  readonly explained: string[] = [];
  readonly joined: string[] = [];
  readonly sent: ReplayDraft[] = [];
  closed = 0;
  readonly listener: TargetListener;
  readonly #decide: (draft: ReplayDraft, target: FakeTarget) => Decision | Promise<Decision>;

  constructor(
    listener: TargetListener,
    decide: (draft: ReplayDraft, target: FakeTarget) => Decision | Promise<Decision> = deliver,
  ) {
    this.listener = listener;
    this.#decide = decide;
  }

  join(agent: string): Promise<void> {
    this.joined.push(agent);
    return Promise.resolve();
  }

  async send(draft: ReplayDraft): Promise<Decision> {
    this.sent.push(draft);
    return this.#decide(draft, this);
  }

  explain(messageId: string): Promise<Explanation> {
    this.explained.push(messageId);
    const { explanation } = this;
    return explanation instanceof Error ? Promise.reject(explanation) : Promise.resolve(explanation);
  }

  close(): Promise<void> {
    this.closed += 1;
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

export const allowed = (draft: ReplayDraft): Decision => ({
  verdict: 'allow',
  messageId: `m-${draft.key}`,
  reasons: ['all'],
  policies: ['all'],
  durability: 'memory',
});

export const deliver = (draft: ReplayDraft, { listener }: FakeTarget): Decision => {
  listener.arrived({ messageId: `m-${draft.key}`, recipient: draft.to });
  return allowed(draft);
};
