import { context, isSpanContextValid, trace } from '@opentelemetry/api';
import { type DestinationStream, destination, type Logger, pino } from 'pino';

export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

/** By which a line is found from its trace, and the other way round. */
const activeSpan = (): object => {
  const span = trace.getSpanContext(context.active());
  if (span === undefined || !isSpanContextValid(span)) return {};
  return { trace_id: span.traceId, span_id: span.spanId, trace_flags: `0${span.traceFlags & 1}` };
};

/**
 * JSON lines, with the span that is active where they are written.
 *
 * @param stream default: standard error, written at once, so that the last line before an end is not lost.
 */
export const serverLogger = (level: LogLevel, stream: DestinationStream = destination({ fd: 2, sync: true })): Logger =>
  pino(
    {
      level,
      mixin: activeSpan,
      redact: {
        paths: [
          'authorization',
          'token',
          'headers.authorization',
          'req.headers.authorization',
          'request.headers.authorization',
        ],
        censor: '[redacted]',
      },
    },
    stream,
  );
