import type { ReplayTarget } from '../target/replay-target.js';
import type { Step } from '../translate/translate.js';

/** A trace may name so many agents; each tool is one. */
export const mostAgents = 1000;

/** Lets each agent join once, when the first conversation needs it. */
export class Roster {
  readonly #joined = new Map<string, Promise<void> | undefined>();
  readonly #target: ReplayTarget;
  readonly #most: number;

  constructor(target: ReplayTarget, most: number = mostAgents) {
    this.#target = target;
    this.#most = most;
  }

  /** Whether there is room for the agents of these steps; then they are on the list. Asked in the order of the trace. */
  admits(steps: readonly Step[]): boolean {
    const agents = new Set(steps.flatMap(({ from, to }) => [from, to]));
    const added = [...agents].filter((agent) => !this.#joined.has(agent));
    if (this.#joined.size + added.length > this.#most) return false;
    for (const agent of added) this.#joined.set(agent, undefined);
    return true;
  }

  /** Resolves when all agents of these steps have joined. */
  async join(steps: readonly Step[]): Promise<void> {
    const agents = new Set(steps.flatMap(({ from, to }) => [from, to]));
    await Promise.all([...agents].map((agent) => this.#join(agent)));
  }

  #join(agent: string): Promise<void> {
    const joining = this.#joined.get(agent) ?? this.#target.join(agent);
    this.#joined.set(agent, joining);
    return joining;
  }
}
