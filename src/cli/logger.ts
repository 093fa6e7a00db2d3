/** Log lines of the commands: pino's JSON, to standard error, because standard output carries the result only. */
import { pino } from 'pino';
import type { Logger } from '../adapters/logger.ts';

/** Where a secret may stand in what is logged, down to the third level. */
const SECRETS = ['password', 'token', 'apiTokens', 'databaseUrl', 'connectionString', 'authorization', 'secret'];

/** @param destination where lines go; standard error, synchronously, so that none is lost at the end */
export function createLogger(
  { level }: { level: string },
  destination: pino.DestinationStream = pino.destination({ fd: 2, sync: true }),
): Logger {
  return pino(
    {
      level,
      base: { service: 'billing-scheduler' },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: SECRETS.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]), censor: '[secret]' },
      serializers: {
        // pg and kafkajs hang connection settings on their errors; only what says what happened is kept.
        err: (error: unknown) => describe(error, level),
        error: (error: unknown) => describe(error, level),
      },
    },
    destination,
  );
}

function describe(error: unknown, level: string): unknown {
  if (!(error instanceof Error)) return error;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  const withStack = level === 'debug' || level === 'trace';
  return {
    type: error.name,
    code,
    message: error.message,
    ...(withStack ? { stack: error.stack } : {}),
    ...(error.cause === undefined ? {} : { cause: describe(error.cause, level) }),
  };
}
