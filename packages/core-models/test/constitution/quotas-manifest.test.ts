import { describe, expect, it } from 'vitest';
import { quotasManifestSchema } from '../../src/index.js';

const issues = (quotas: unknown): readonly string[] => {
  const parsed = quotasManifestSchema.safeParse(quotas);
  return parsed.success ? [] : parsed.error.issues.map(({ path }) => path.join('.'));
};

describe('quotas in a manifest', () => {
  it('are about each agent for itself, and about all messages, unless they say otherwise', () => {
    expect(quotasManifestSchema.parse({ calls: { kind: 'rate', messages: 5 } })).toEqual({
      calls: { kind: 'rate', messages: 5, seconds: 1, per: 'agent', match: {} },
    });
    expect(quotasManifestSchema.parse({ open: { kind: 'concurrency', messages: 5 } })).toEqual({
      open: { kind: 'concurrency', messages: 5, per: 'agent', match: {} },
    });
    expect(quotasManifestSchema.parse({ day: { kind: 'budget', limit: 5, period: 'day' } })).toEqual({
      day: { kind: 'budget', measure: 'messages', limit: 5, period: 'day', per: 'agent', match: {} },
    });
  });

  it.each<[unknown, string]>([
    [{ calls: { kind: 'rate' } }, 'calls.messages'],
    [{ calls: { kind: 'rate', messages: 0 } }, 'calls.messages'],
    [{ calls: { kind: 'rate', messages: Number.POSITIVE_INFINITY } }, 'calls.messages'],
    [{ calls: { kind: 'rate', messages: '100' } }, 'calls.messages'],
    [{ calls: { kind: 'rate', messages: 1, seconds: -1 } }, 'calls.seconds'],
    [{ calls: { kind: 'rates', messages: 1 } }, 'calls.kind'],
    [{ calls: { kind: 'rate', messages: 1, perAgent: true } }, 'calls'],
    [{ calls: { kind: 'rate', messages: 1, match: { agents: [] } } }, 'calls.match.agents'],
    [{ calls: { kind: 'rate', messages: 1, match: { tools: ['not a tool'] } } }, 'calls.match.tools.0'],
    [{ calls: { kind: 'rate', messages: 1, warn: 2 } }, 'calls.warn'],
    [{ day: { kind: 'budget', limit: 5 } }, 'day.period'],
    [{ day: { kind: 'budget', limit: -5, period: 'day' } }, 'day.limit'],
    [{ Day: { kind: 'budget', limit: 5, period: 'day' } }, 'Day'],
  ])('that are malformed are errors, never no limit: %j', (quotas, place) => {
    expect(issues(quotas)).toContain(place);
  });

  it('are so many at the most', () => {
    const many = Object.fromEntries(
      Array.from({ length: 65 }, (_, n) => [`q${n}`, { kind: 'concurrency', messages: 1 }]),
    );
    expect(issues(many)).toEqual(['']);
  });
});
