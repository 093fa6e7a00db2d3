/** Looks again and again until there is a result, and notices when none will come. */
import type { ComponentHealth } from '../app.ts';
import type { Clock } from '../adapters/clock.ts';
import { BillingError, type ErrorCode } from '../errors.ts';

const POLL_EVERY_MS = 250;
/** How often servers are looked at: one that dies is named within a few seconds. */
const CHECK_EVERY_MS = 2_000;
const STALLED_AFTER_MS = 15_000;
/** One missed answer may be a hiccup. */
const UNHEALTHY_CHECKS = 2;

/** The registry can be done without: schemas are frozen files. */
const NEEDED: Readonly<Record<string, { readonly code: ErrorCode; readonly title: string }>> = {
  kafka: { code: 'KAFKA_UNREACHABLE', title: 'Kafka' },
  postgres: { code: 'POSTGRES_UNREACHABLE', title: 'Postgres' },
};

/** What a look sees: the result, or how far it is; while that text stays the same nothing moves. */
export type Look<T> = { readonly result: T } | { readonly state: string };

/**
 * Resolves with the first result. Rejects when `signal` aborts, when a server stays away, and with what `look` or
 * `onCheck` throws.
 * @param onCheck called every two seconds while there is no result
 * @param onStalled called each time nothing has moved for a while
 */
export async function follow<T>({
  look,
  clock,
  signal,
  serversHealth,
  onCheck = async () => {},
  onStalled,
}: {
  look: () => Promise<Look<T>>;
  clock: Clock;
  signal: AbortSignal;
  serversHealth: () => Promise<ComponentHealth[]>;
  onCheck?: () => Promise<void>;
  onStalled: () => Promise<void>;
}): Promise<T> {
  let unhealthyChecks = 0;
  let nextCheckAt = clock.now() + CHECK_EVERY_MS;
  let seen = '';
  let movedAt = clock.now();
  for (;;) {
    signal.throwIfAborted();
    const found = await look();
    if ('result' in found) return found.result;
    const now = clock.now();
    if (found.state !== seen) [seen, movedAt] = [found.state, now];
    if (now >= nextCheckAt) {
      const away = (await serversHealth()).find(({ name, healthy }) => !healthy && name in NEEDED);
      unhealthyChecks = away ? unhealthyChecks + 1 : 0;
      if (away && unhealthyChecks >= UNHEALTHY_CHECKS) throw serverAway(away);
      await onCheck();
      nextCheckAt = clock.now() + CHECK_EVERY_MS;
    }
    if (now - movedAt >= STALLED_AFTER_MS) {
      movedAt = now;
      await onStalled();
    }
    await clock.sleep(POLL_EVERY_MS, signal);
  }
}

function serverAway({ name, reason }: ComponentHealth): BillingError {
  const { code, title } = NEEDED[name]!;
  return new BillingError(code, `${title} went away${reason === null ? '' : `: ${reason}`}.`);
}
