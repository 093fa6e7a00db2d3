/** A consumer that outlives its memberships: joins anew after every failure, until it is stopped. */
import { BillingError } from '../errors.ts';
import { sortFailure } from '../sort-failure.ts';
import { backoffMs } from './backoff.ts';
import type { Clock } from './clock.ts';
import { kafkaError, onceStarted, settledWithin } from './kafka-errors.ts';
import type { Membership } from './kafka-group.ts';
import type { ConsumerOptions, RunningConsumer } from './log.ts';
import type { Logger } from './logger.ts';

/** A membership that lasted this long was a good one: the next failure is the first again. */
const GOOD_MS = 30_000;

export interface KafkaConsumerOptions {
  readonly brokers: readonly string[];
  readonly options: ConsumerOptions;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly silentSince: () => number | null;
  readonly join: (onProgress: () => void) => Promise<Membership>;
}

/** Resolves when the group is joined. @throws BillingError when that fails the first time */
export async function startKafkaConsumer({
  brokers,
  options,
  clock,
  logger,
  silentSince,
  join,
}: KafkaConsumerOptions): Promise<RunningConsumer> {
  const stopping = new AbortController();
  let lastProgressAt = clock.now();
  let problem: string | null = null;
  const onProgress = () => {
    lastProgressAt = clock.now();
    problem = null;
  };
  let membership: Membership | null = await onceStarted(clock, () => join(onProgress));

  async function supervise(): Promise<void> {
    for (let failures = 0; ; failures += 1) {
      const joinedAt = clock.now();
      const reason = await membership!.ended;
      if (stopping.signal.aborted) return;
      if (reason instanceof BillingError && sortFailure(reason).action === 'stop') {
        problem = reason.message;
        logger.error({ group: options.group, err: reason }, `stopped for good: ${reason.message}`);
        await membership!.leave('abandon');
        throw reason;
      }
      if (clock.now() - joinedAt > GOOD_MS) failures = 0;
      await note(reason, failures);
      await membership!.leave('abandon');
      membership = null;
      for (; !(membership = await tryToJoin(failures)); failures += 1) if (stopping.signal.aborted) return;
    }
  }

  async function tryToJoin(failures: number): Promise<Membership | null> {
    await clock.sleep(backoffMs(failures), stopping.signal).catch(() => undefined);
    if (stopping.signal.aborted) return null;
    try {
      const joined = await join(onProgress);
      if (!stopping.signal.aborted) return joined;
      await joined.leave('abandon');
    } catch (error) {
      await note(error, failures);
    }
    return null;
  }

  async function note(error: unknown, failures: number): Promise<void> {
    const { code, message } = kafkaError(error, brokers);
    problem = message;
    logger.warn({ group: options.group, code, failures, err: error }, `joins the group anew: ${message}`);
  }

  const finished = supervise();
  finished.catch(() => undefined);

  let stopped: Promise<void> | null = null;
  return {
    state: () => ({
      group: options.group,
      assigned: membership?.assigned() ?? [],
      problem: problem ?? membership?.problem() ?? null,
      lastProgressAt,
      silentSince: silentSince(),
    }),
    finished,
    stop() {
      return (stopped ??= (async () => {
        stopping.abort(new Error('stopped'));
        await settledWithin(10_000, Promise.all([membership?.leave('finish'), finished]));
      })());
    },
  };
}
