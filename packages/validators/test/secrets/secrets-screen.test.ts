import { describe, expect, it } from 'vitest';
import { secretsScreen } from '../../src/index.js';
import { codesOf, notesOn } from '../support/ask.js';

const letters = (length: number): string => 'aB3dE5gH7jK9mN1pQ2rS4tU6vW8xY0zC'.repeat(40).slice(0, length);
const hex = (length: number): string => '0123456789abcdef'.repeat(10).slice(0, length);

// Put together here, so that no scanner of repositories takes them for real ones.
const secrets: readonly (readonly [string, string])[] = [
  ['aws-access-key', `AKIA${'ABCD2345'.repeat(2)}`],
  ['google-api-key', `AIza${letters(35)}`],
  ['azure-storage-key', `AccountKey=${letters(86)}==`],
  ['github-token', `ghp_${letters(36)}`],
  ['github-token', `github_pat_${letters(70)}`],
  ['gitlab-token', `glpat-${letters(20)}`],
  ['slack-token', `xoxb-${letters(40)}`],
  ['stripe-key', `sk_live_${letters(24)}`],
  ['openai-key', `sk-proj-${letters(48)}`],
  ['anthropic-key', `sk-ant-api03-${letters(60)}`],
  ['npm-token', `npm_${letters(36)}`],
  ['pypi-token', `pypi-${letters(90)}`],
  ['twilio-key', `SK${hex(32)}`],
  ['sendgrid-key', `SG.${letters(22)}.${letters(43)}`],
  ['huggingface-token', `hf_${letters(34)}`],
  ['vault-token', `hvs.${letters(24)}`],
  ['private-key', `-----BEGIN RSA ${'PRIVATE'} KEY-----`],
  ['private-key', `-----BEGIN ${'PRIVATE'} KEY-----`],
  ['json-web-token', `eyJ${letters(20)}.eyJ${letters(40)}.${letters(43)}`],
  ['charterbus-token', `cba_${letters(43)}`],
  ['charterbus-token', `cbo_${letters(43)}`],
  ['url-with-password', `postgres://app:${letters(12)}@db.internal:5432/main`],
  ['url-with-password', `mongodb+srv://app:${letters(12)}@cluster.internal`],
  ['named-secret', `DB_PASSWORD=${letters(16)}`],
  ['named-secret', `"client_secret": "${letters(24)}"`],
];

describe('the secrets screen', () => {
  it.each(secrets)('finds a %s wherever it stands, and never repeats it', (category, secret) => {
    for (const content of [secret, `Use ${secret} for it.`, { a: [{ note: `key=${secret};` }] }, `(${secret})`]) {
      const notes = notesOn(secretsScreen, content);
      expect(codesOf(notes)).toContain(category);
      expect(JSON.stringify(notes)).not.toContain(secret.slice(-12));
    }
  });

  it.each(secrets)('does not show a %s that is the name of a field', (_, secret) => {
    const notes = notesOn(secretsScreen, { outer: { [secret]: { password: letters(20) } } });
    expect(notes.length).toBeGreaterThan(0);
    expect(JSON.stringify(notes)).not.toContain(secret.slice(-12));
    expect(notes.every(({ pointer }) => pointer === '/outer')).toBe(true);
  });

  it('finds what stands under the name of a secret', () => {
    expect(notesOn(secretsScreen, { config: { apiKey: letters(24) } })).toMatchObject([
      { category: 'named-secret', score: 60, pointer: '/config/apiKey' },
    ]);
  });

  it.each([
    'The password must have at least twelve characters.',
    'password: ********',
    'API_KEY=${API_KEY}',
    'postgres://localhost:5432/main',
    'postgres://user:<password>@host/db',
    'https://example.org/a:b@c',
    '019b76da-a800-7000-8000-000000000000',
    'sk-learn-contrib',
    'AKIA is the prefix of an access key.',
    'SG.1.2',
    'eyJ is how base64 of JSON begins',
    hex(64),
    'secret: required',
    'const token = process.env.TOKEN_FOR_THE_BUS1',
  ])('leaves %s alone', (content) => {
    expect(notesOn(secretsScreen, content)).toEqual([]);
  });

  it('gives a bounded number of notes', () => {
    const many = Array.from({ length: 500 }, () => `ghp_${letters(36)}`);
    expect(notesOn(secretsScreen, many)).toHaveLength(50);
  });
});
