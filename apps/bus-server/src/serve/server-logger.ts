import { destination, type Logger, pino } from 'pino';

export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

/** JSON lines on standard error, written at once, so that the last line before an end is not lost. */
export const serverLogger = (level: LogLevel): Logger =>
  pino(
    {
      level,
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
    destination({ fd: 2, sync: true }),
  );
