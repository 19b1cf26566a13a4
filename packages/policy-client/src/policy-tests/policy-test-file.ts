import { z } from 'zod';
import { policyTestSchema } from './policy-test.js';

/** What YAML holds before it is checked. */
const rawSchema = z.record(z.string(), z.unknown());
type Raw = z.output<typeof rawSchema>;

/** What every test of a file has unless it says otherwise. It is checked as part of each test. */
const defaultsSchema = z
  .strictObject({
    sender: z.unknown(),
    recipient: z.unknown(),
    now: z.unknown(),
    variant: z.unknown(),
    message: rawSchema,
    data: rawSchema,
    providers: rawSchema,
    screens: rawSchema,
    earlier: z.unknown(),
    approvals: z.unknown(),
  })
  .partial();

const isRaw = (value: unknown): value is Raw => typeof value === 'object' && value !== null && !Array.isArray(value);

/** The test's part over the default's, name by name as deep as told; whatever is deeper is the test's alone. */
const over = (base: unknown, given: unknown, depth: number): unknown => {
  if (given === undefined) return base;
  if (depth === 0 || !isRaw(base) || !isRaw(given)) return given;
  const merged: Raw = Object.fromEntries(Object.entries(base));
  for (const [name, value] of Object.entries(given)) {
    const under = Object.hasOwn(merged, name) ? merged[name] : undefined;
    Object.defineProperty(merged, name, {
      value: over(under, value, depth - 1),
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }
  return merged;
};

/** How deep parts are merged: fields of a message, rows of tables; answers of providers and readings replace each other. */
const depths: Readonly<Record<string, number>> = { message: 1, data: 2, providers: 1, screens: 1 };

type Defaults = z.output<typeof defaultsSchema>;

const withDefaults = (test: Raw, { sender, recipient, ...defaults }: Defaults): Raw => {
  const merged: Raw = { ...test };
  for (const [name, base] of Object.entries(defaults)) {
    if (base !== undefined) merged[name] = over(base, test[name], depths[name] ?? 0);
  }
  if (sender !== undefined) merged['sender'] ??= sender;
  // A message to several has a recipient only where the test itself asks about one of them.
  const toSeveral = ['everyone', 'topic', 'capability'].some((address) => test[address] !== undefined);
  if (recipient !== undefined && !toSeveral) merged['recipient'] ??= recipient;
  const { earlier } = merged;
  if (Array.isArray(earlier)) {
    merged['earlier'] = earlier.map((each: unknown) => (isRaw(each) ? over({ sender, recipient }, each, 1) : each));
  }
  return merged;
};

/** `tests/*.yaml`. Unknown keys are refused: a misspelt expectation would expect nothing. */
export const policyTestFileSchema = z
  .strictObject({
    defaults: defaultsSchema.default({}),
    tests: z.array(rawSchema).min(1).max(10_000),
  })
  .transform(({ defaults, tests }, context) => ({
    tests: tests.flatMap((test, index) => {
      const parsed = policyTestSchema.safeParse(withDefaults(test, defaults));
      if (parsed.success) return [parsed.data];
      for (const { message, path, ...issue } of parsed.error.issues) {
        const keys = issue.code === 'unrecognized_keys' ? issue.keys.slice(0, 1) : [];
        context.addIssue({ code: 'custom', message, path: ['tests', index, ...path, ...keys] });
      }
      return [];
    }),
  }));
