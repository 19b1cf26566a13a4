import { ManualClock, type Message } from '@charterbus/core-models';
import { loadConstitution } from '@charterbus/policy-client';
import type { Validator } from '@charterbus/validators';
import { onTestFinished } from 'vitest';
import { type BusOptions, createBus } from '../../src/index.js';

const manifest = `format: charterbus.constitution/1
name: screened
revision: 1
engine: cedar
tests: optional
facts:
  screens: { injection: prompt-injection }
  send: { score: screens.injection.score }
  receive: { categories: { value: screens.injection.categories, redact: true } }
`;

const policies = `@id("send") permit (principal, action == Action::"send", resource) when { context.score < 60 };
@id("doubtful") @escalate("reader") permit (principal, action == Action::"send", resource) when { context.score >= 60 };
@id("injected") forbid (principal, action == Action::"send", resource) when { context.score >= 80 };
@id("receive") permit (principal, action == Action::"receive", resource)
unless { context.categories.contains("exfiltration") };
`;

/** Denies at 80, holds at 60, and lets nobody have what is of the category exfiltration. */
export const screenedFiles = (revision = 1, screen = 'prompt-injection') => [
  {
    path: 'manifest.yaml',
    bytes: Buffer.from(manifest.replace('revision: 1', `revision: ${revision}`).replace('prompt-injection', screen)),
  },
  { path: 'policies/a.cedar', bytes: Buffer.from(policies) },
];

type Answer = ReturnType<Validator['validate']>;

/** A screen that says what it is told, and remembers of what. */
export class FakeScreen implements Validator {
  readonly name: string;
  readonly asked: Message[] = [];
  answer: (message: Message, signal: AbortSignal) => Answer;

  /** By default it finds what the content states: `{ score, category? }`. */
  constructor(
    name = 'prompt-injection',
    answer: FakeScreen['answer'] = (message) => noted(message.content as unknown as Stated),
  ) {
    this.name = name;
    this.answer = answer;
  }

  validate(message: Message, _context: unknown, signal: AbortSignal): Answer {
    this.asked.push(message);
    return this.answer(message, signal);
  }
}

interface Stated {
  readonly score: number;
  readonly category?: string;
}

export const noted = ({ score, category = 'instruction-override' }: Stated): Answer =>
  score === 0 ? [] : [{ kind: 'note', text: '', score, category }];

/** A bus of one tenant with a planner and a worker, whose time stands still. */
export const startScreened = async (screen: Validator, options: Partial<BusOptions> = {}) => {
  const clock = new ManualClock();
  const constitution = await loadConstitution(screenedFiles(), { clock, timers: clock });
  const bus = await createBus({ constitution, screens: [screen], clock, timers: clock, ...options });
  onTestFinished(async () => void (await bus.drain(0)));
  const { handle: planner } = await bus.register({ tenant: 'acme', id: 'planner' });
  const { handle: worker } = await bus.register({ tenant: 'acme', id: 'worker' });
  const send = (score: number, category?: string) =>
    planner.send({
      to: { agent: 'worker' },
      type: 'query',
      content: { score, ...(category === undefined ? {} : { category }) },
    });
  return { bus, clock, planner, worker, send };
};
