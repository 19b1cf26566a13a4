import { Validator } from '@seriousme/openapi-schema-validator';
import { describe, expect, it } from 'vitest';
import { ServerBench } from '../support/server-bench.js';

describe('/openapi.json', () => {
  it('is a valid OpenAPI document', async () => {
    await using bench = await ServerBench.open();
    const { body } = await bench.ask('GET', '/openapi.json');
    const { valid, errors } = await new Validator().validate(body);
    expect(errors).toBeUndefined();
    expect(valid).toBe(true);
  });

  it('says of every operation what it is, who may call it, and how it fails', async () => {
    await using bench = await ServerBench.open();
    const { body } = await bench.ask('GET', '/openapi.json');
    const paths = body['paths'] as Record<
      string,
      Record<string, { summary?: string; security?: unknown; responses: object }>
    >;
    const open = new Set([
      '/healthz',
      '/readyz',
      '/v1/constitution',
      '/v1/sessions',
      '/v1/sessions/challenge',
      '/v1/agents/{id}/registration',
    ]);
    const lacking = Object.entries(paths).flatMap(([path, methods]) =>
      Object.values(methods)
        .filter(({ summary, security, responses }) => {
          const secured = security !== undefined || open.has(path);
          return summary === undefined || !secured || !('500' in responses);
        })
        .map(() => path),
    );
    expect(lacking).toEqual([]);
  });

  it('says how messages are signed and addressed, and tells no token by way of example', async () => {
    await using bench = await ServerBench.open();
    const { body, text } = await bench.ask('GET', '/openapi.json');
    const { '/v1/messages': messages } = body['paths'] as Record<string, { readonly post: { requestBody: unknown } }>;
    const schema = JSON.stringify(messages?.post.requestBody);
    for (const member of ['"signature"', '"capability"', '"topic"']) expect(schema).toContain(member);
    expect(text).not.toMatch(/cb[aso]_/);
  });
});
