import { recordSpans } from '@charterbus/tooling/spans';
import { expect, test } from 'vitest';
import { type LogLevel, serverLogger } from '../../src/serve/server-logger.js';

const logging = (level: LogLevel = 'info') => {
  const lines: Record<string, unknown>[] = [];
  const logger = serverLogger(level, { write: (line) => void lines.push(JSON.parse(line) as Record<string, unknown>) });
  return { logger, lines };
};

test('a line tells the span that is active where it is written', () => {
  const { tracer } = recordSpans();
  const { logger, lines } = logging();
  tracer.startActiveSpan('work', (span) => {
    logger.info('inside');
    const { traceId, spanId } = span.spanContext();
    expect(lines[0]).toMatchObject({ trace_id: traceId, span_id: spanId, trace_flags: '01', msg: 'inside' });
    span.end();
  });
  logger.info('outside');
  expect(lines[1]).not.toHaveProperty('trace_id');
});

test.each([
  [{ authorization: 'Bearer secret' }],
  [{ token: 'secret' }],
  [{ headers: { authorization: 'Bearer secret' } }],
  [{ req: { headers: { authorization: 'Bearer secret' } } }],
  [{ request: { headers: { authorization: 'Bearer secret' } } }],
])('%j is written without what is secret in it', (fields) => {
  const { logger, lines } = logging();
  logger.info(fields, 'one');
  expect(JSON.stringify(lines)).not.toContain('secret');
  expect(JSON.stringify(lines)).toContain('[redacted]');
});

test('what is below the level is not written', () => {
  const { logger, lines } = logging('error');
  logger.warn('less');
  logger.error('enough');
  expect(lines.map(({ msg }) => msg)).toEqual(['enough']);
});
