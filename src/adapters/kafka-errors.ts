/** What kafkajs throws → BillingError, and how long an answer may take. */
import { BillingError } from '../errors.ts';
import type { Clock } from './clock.ts';

/** Within this a command must know that no broker answers. */
export const ANSWER_MS = 5_000;

const CONNECTION_ERRORS = new Set([
  'KafkaJSConnectionError',
  'KafkaJSConnectionClosedError',
  'KafkaJSRequestTimeoutError',
  'KafkaJSBrokerNotFound',
  'KafkaJSNoBrokerAvailableError',
  'KafkaJSGroupCoordinatorNotFound',
  'KafkaJSLockTimeout',
]);

const MISSING = new Set(['UNKNOWN_TOPIC_OR_PARTITION', 'INVALID_TOPIC_EXCEPTION']);

/** What a broker answers while it takes up its work: just started, or just elected. */
const STARTING: ReadonlySet<string> = new Set([
  'GROUP_LOAD_IN_PROGRESS',
  'GROUP_COORDINATOR_NOT_AVAILABLE',
  'NOT_COORDINATOR_FOR_GROUP',
  'LEADER_NOT_AVAILABLE',
]);
/** Longer than a healthy broker ever needs for it. */
const STARTED_WITHIN_MS = 30_000;

interface KafkaFailure {
  readonly name: string;
  readonly message: string;
  readonly type?: string;
  readonly cause?: unknown;
}

/** The error beneath kafkajs's wrappers. */
function rootOf(error: unknown): KafkaFailure {
  const failure = error as KafkaFailure;
  return failure.cause instanceof Error && failure.cause !== error ? rootOf(failure.cause) : failure;
}

/** Kafka's name of a protocol error, such as INVALID_PRODUCER_EPOCH. */
export const protocolErrorOf = (error: unknown): string | undefined => rootOf(error).type;

/** KAFKA_UNREACHABLE, SETUP_MISSING, or UNAVAILABLE for everything else a broker may answer. */
export function kafkaError(error: unknown, brokers: readonly string[]): BillingError {
  if (error instanceof BillingError) return error;
  const { name, message, type } = rootOf(error);
  const addresses = brokers.join(', ');
  if (CONNECTION_ERRORS.has(name)) {
    return new BillingError('KAFKA_UNREACHABLE', `Kafka does not answer at ${addresses}.`, { cause: error });
  }
  if (name === 'KafkaJSSASLAuthenticationError') {
    return new BillingError('KAFKA_UNREACHABLE', `Kafka refuses the credentials at ${addresses}.`, { cause: error });
  }
  if (type !== undefined && MISSING.has(type)) {
    return new BillingError('SETUP_MISSING', 'A topic is missing: run "billing topics apply".', { cause: error });
  }
  return new BillingError('UNAVAILABLE', `Kafka failed: ${message}`, { cause: error });
}

/**
 * The result of `work`, or KAFKA_UNREACHABLE when it takes longer than `ms`. The work itself cannot be called off:
 * whoever owns its connections closes them.
 */
export async function answeredWithin<T>(ms: number, brokers: readonly string[], work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const message = `Kafka does not answer at ${brokers.join(', ')} (waited ${ms} ms).`;
    timer = setTimeout(() => reject(new BillingError('KAFKA_UNREACHABLE', message)), ms);
  });
  try {
    return await Promise.race([work, late]);
  } catch (error) {
    throw kafkaError(error, brokers);
  } finally {
    clearTimeout(timer);
  }
}

/** Whether a broker answered that it is not ready yet: nothing was done, and asking again will help. */
export const isStarting = (error: unknown): boolean => STARTING.has(protocolErrorOf(error) ?? '');

/** Tries again while the broker answers that it is still starting, for half a minute at most. */
export async function onceStarted<T>(clock: Clock, attempt: () => Promise<T>): Promise<T> {
  const giveUpAt = clock.now() + STARTED_WITHIN_MS;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (!isStarting(error) || clock.now() >= giveUpAt) throw error;
      await clock.sleep(250);
    }
  }
}

/** Waits for the work to end either way, at most `ms`. For closing things that may hang. */
export async function settledWithin(ms: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([work.then(() => undefined).catch(() => undefined), late]);
  clearTimeout(timer);
}
