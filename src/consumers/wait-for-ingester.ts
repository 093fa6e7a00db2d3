/** A run, and a later attempt at a shop, look at what was on the log by then: they wait until the ledger holds that much. */
import type { Clock } from '../adapters/clock.ts';
import type { Ledger } from '../adapters/ledger.ts';
import type { Batch } from '../adapters/log.ts';
import type { Logger } from '../adapters/logger.ts';
import type { Pin } from '../domain/log-position.ts';

const POLL_MS = 20;
const WARN_EVERY_MS = 10_000;

/**
 * Resolves with true when the ingester's position has reached every pin, which counts control records too; with false
 * when `giveUp` says that nobody wants it any more.
 */
export async function waitForIngester({
  ledger,
  pins,
  batch,
  clock,
  logger,
  giveUp,
}: {
  ledger: Pick<Ledger, 'positions'>;
  pins: readonly Pin[];
  batch: Pick<Batch, 'heartbeat' | 'signal'>;
  clock: Clock;
  logger: Logger;
  giveUp?: () => Promise<boolean>;
}): Promise<boolean> {
  let warnAt = clock.now() + WARN_EVERY_MS;
  for (;;) {
    const behind = lagging(pins, await ledger.positions());
    if (behind.length === 0) return true;
    if (await giveUp?.()) return false;
    if (clock.now() >= warnAt) {
      warnAt = clock.now() + WARN_EVERY_MS;
      const waiting = behind.map(({ topic, partition, offset }) => `${topic}/${partition} to ${offset}`);
      logger.warn({ waiting }, 'waits for the ingester to reach the end of the facts; is one running?');
    }
    await batch.heartbeat();
    await clock.sleep(POLL_MS, batch.signal);
  }
}

/** The partitions in which `positions` have not reached their pins, and by how much. */
export function lagging(pins: readonly Pin[], positions: readonly Pin[]): (Pin & { readonly behind: bigint })[] {
  const reached = new Map(positions.map(({ topic, partition, offset }) => [`${topic}/${partition}`, offset]));
  return pins
    .map((pin) => ({ ...pin, behind: pin.offset - (reached.get(`${pin.topic}/${pin.partition}`) ?? 0n) }))
    .filter(({ behind }) => behind > 0n);
}
