import { type Agent, agentKey, OperationError } from '@charterbus/core-models';
import type { Background } from '@charterbus/recovery';
import type { Subscription } from './handles/subscription.js';
import type { Dispatcher } from './way/dispatch.js';

type State = 'running' | 'draining' | 'closed';

/** Whether the bus takes messages, and which handlers run. */
export class Lifecycle {
  readonly #background: Background;
  readonly #dispatchers = new Map<string, Dispatcher>();
  #state: State = 'running';

  constructor(background: Background) {
    this.#background = background;
  }

  get state(): State {
    return this.#state;
  }

  /** @throws OperationError `BUS_DRAINING` or `BUS_CLOSED`. */
  checkAccepting(): void {
    if (this.#state === 'draining')
      throw new OperationError('BUS_DRAINING', 'The bus is draining and takes no more messages.');
    if (this.#state === 'closed') throw new OperationError('BUS_CLOSED', 'The bus is closed.');
  }

  /** @throws OperationError `HANDLER_EXISTS`. */
  attach(agent: Agent, dispatcher: Dispatcher): Subscription {
    this.checkAccepting();
    const key = agentKey({ tenant: agent.tenant, agent: agent.id });
    if (this.#dispatchers.has(key)) {
      throw new OperationError('HANDLER_EXISTS', 'The agent has a handler; stop it before giving it another.');
    }
    this.#dispatchers.set(key, dispatcher);
    this.#background.run('dispatcher', () => dispatcher.run());
    const stop = async (): Promise<void> => {
      if (this.#dispatchers.get(key) === dispatcher) this.#dispatchers.delete(key);
      await dispatcher.stop();
    };
    return { stop, [Symbol.asyncDispose]: stop };
  }

  /** Stops the handler of an agent that is gone. */
  detach(agent: Agent): void {
    const key = agentKey({ tenant: agent.tenant, agent: agent.id });
    const dispatcher = this.#dispatchers.get(key);
    if (dispatcher === undefined) return;
    this.#dispatchers.delete(key);
    this.#background.run('dispatcher', () => dispatcher.stop());
  }

  /** Something has become of the agent: its handler may have to stop, or may go on. */
  look(agent: Agent): void {
    const dispatcher = this.#dispatchers.get(agentKey({ tenant: agent.tenant, agent: agent.id }));
    if (dispatcher !== undefined) this.#background.run('dispatcher', () => dispatcher.look());
  }

  beginDrain(): void {
    this.#state = 'draining';
  }

  async stopHandlers(): Promise<void> {
    await Promise.all([...this.#dispatchers.values()].map((dispatcher) => dispatcher.stop()));
    this.#dispatchers.clear();
  }

  close(): void {
    this.#state = 'closed';
  }
}
