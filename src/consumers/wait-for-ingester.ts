/** A run looks at what was on the log when it was planned, so it waits until the ledger holds that much. */
import type { Clock } from '../adapters/clock.ts';
import type { Ledger } from '../adapters/ledger.ts';
import type { Batch, Log } from '../adapters/log.ts';
import type { Logger } from '../adapters/logger.ts';
import type { Pin } from '../domain/log-position.ts';
import { FACT_TOPICS } from '../topics.ts';

const POLL_MS = 20;
const WARN_EVERY_MS = 10_000;

/**
 * Resolves when the ingester's position has reached every pin. A position counts from the ledger or from the offsets
 * its group committed, whichever is further: control records move only the latter while no fact follows them.
 */
export async function waitForIngester({
  ledger,
  log,
  pins,
  batch,
  clock,
  logger,
  ingesterGroup,
}: {
  ledger: Pick<Ledger, 'positions'>;
  log: Pick<Log, 'committedOffsets'>;
  pins: readonly Pin[];
  batch: Pick<Batch, 'heartbeat' | 'signal'>;
  clock: Clock;
  logger: Logger;
  ingesterGroup: string;
}): Promise<void> {
  let warnAt = clock.now() + WARN_EVERY_MS;
  for (let poll = 0; ; poll += 1) {
    let behind = lagging(pins, await ledger.positions());
    // The group's offsets cost a round trip to the broker, and are needed only when the ledger's position stands still.
    if (behind.length > 0 && poll % 10 === 9)
      behind = lagging(behind, await log.committedOffsets(ingesterGroup, FACT_TOPICS));
    if (behind.length === 0) return;
    if (clock.now() >= warnAt) {
      warnAt = clock.now() + WARN_EVERY_MS;
      const waiting = behind.map(({ topic, partition, offset }) => `${topic}/${partition} to ${offset}`);
      logger.warn({ waiting }, 'planning waits for the ingester to reach the end of the facts; is one running?');
    }
    await batch.heartbeat();
    await clock.sleep(POLL_MS, batch.signal);
  }
}

function lagging(pins: readonly Pin[], positions: readonly Pin[]): Pin[] {
  const reached = new Map(positions.map(({ topic, partition, offset }) => [`${topic}/${partition}`, offset]));
  return pins.filter(({ topic, partition, offset }) => (reached.get(`${topic}/${partition}`) ?? 0n) < offset);
}
