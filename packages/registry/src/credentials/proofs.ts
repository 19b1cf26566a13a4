import { type AgentReference, type Clock, OperationError, type RandomSource } from '@charterbus/core-models';
import type { ParsedDraft } from '../draft.js';
import type { Keeper } from '../keeper/keeper.js';
import { refused } from '../plans/issuing.js';
import { Challenges } from './challenges.js';
import type { Challenge, KeyProof } from './credential.js';
import { challengeText, isSigned } from './sign-challenge.js';

interface ProofOptions {
  readonly clock: Pick<Clock, 'now'>;
  readonly random: RandomSource;
  readonly challengeMs: number;
  readonly audience: string;
}

/** Somebody had the private key to this one of an agent. */
export interface Proven {
  readonly reference: AgentReference;
  readonly publicKey: string;
}

const nobody: AgentReference = { tenant: '-', agent: '-' };
/** No challenge is as long; what is longer is not worth hashing. */
const longestChallenge = 600;

const textOf = (value: unknown): string => (typeof value === 'string' && value.length <= longestChallenge ? value : '');

/** Gives agents something to sign, and checks that they did. */
export class Proofs {
  readonly #keeper: Keeper;
  readonly #challenges: Challenges;
  readonly #audience: string;

  constructor(keeper: Keeper, options: ProofOptions) {
    this.#keeper = keeper;
    this.#challenges = new Challenges(options);
    this.#audience = options.audience;
  }

  async challenge(reference: AgentReference): Promise<Challenge> {
    const made = this.#challenges.make(reference, await this.#keeper.secret());
    return Object.freeze({ ...made, audience: this.#audience });
  }

  /**
   * Whatever is wrong, the same work is done and the same is said. A proof is used up only where it is good.
   *
   * @param draft that the proof is for; without it, it is for a session.
   * @throws AgentError `CREDENTIAL_REFUSED`; OperationError `TOO_MANY_REQUESTS`.
   */
  async prove({ challenge, signature }: KeyProof, draft?: ParsedDraft): Promise<Proven> {
    const open = this.#challenges.open(challenge, await this.#keeper.secret());
    const reference = open?.reference ?? nobody;
    const isAbout = draft === undefined || (draft.tenant === reference.tenant && draft.id === reference.agent);
    const publicKey = isAbout ? this.#keeper.view.entry(reference)?.record.agent.publicKey : undefined;
    const statement = { challenge: textOf(challenge), agent: reference, audience: this.#audience, draft };
    const good = isSigned(challengeText(statement), publicKey, signature);
    if (!good || open === undefined || publicKey === undefined) throw refused();
    const claim = await this.#keeper.claim(reference, open.digest, this.#challenges.rememberedMs);
    if (claim === 'used') throw refused();
    if (claim === 'full') {
      const retryAfterMs = this.#challenges.rememberedMs;
      throw new OperationError('TOO_MANY_REQUESTS', 'The agent has proven itself too often of late.', { retryAfterMs });
    }
    return { reference, publicKey };
  }
}
