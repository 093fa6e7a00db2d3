/** The one function every trigger calls: a wish becomes a BillingRunRequested on the log, checked before. */
import type { Clock } from '../adapters/clock.ts';
import type { Codec } from '../adapters/codec.ts';
import type { Log } from '../adapters/log.ts';
import type { Runs } from '../adapters/runs.ts';
import type { RequestBillingRun } from '../app.ts';
import { resolvePeriod } from '../domain/billing-period.ts';
import { runIdName } from '../domain/ids.ts';
import { RuleError } from '../domain/rule-error.ts';
import { BillingError } from '../errors.ts';

const MAX_SHOP_IDS = 10_000;

/**
 * A live run over all shops of a period has a deterministic id: whoever asks for the same period, through whatever
 * channel, gets the same run, and asking for one that exists publishes nothing. `force`, named shops and dry runs
 * start a run of their own.
 */
export function createRequestBillingRun({
  log,
  codec,
  runs,
  clock,
  timeZone,
  deterministicId,
  randomId,
}: {
  log: Pick<Log, 'publish'>;
  codec: Codec;
  runs: Pick<Runs, 'find'>;
  clock: Clock;
  timeZone: string;
  deterministicId: (name: string) => string;
  randomId: () => string;
}): RequestBillingRun {
  return async function requestBillingRun({ shopIds, dryRun, force, trigger, ...asked }) {
    checkShopIds(shopIds);
    const now = clock.now();
    const period = periodOf(asked, { now, timeZone, dryRun });
    const eventId = randomId();
    const isDeterministic = shopIds === null && !dryRun && !force;
    const runId = deterministicId(isDeterministic ? runIdName(period) : eventId);
    if (isDeterministic && (await runs.find(runId)) !== null) return { runId, period, dryRun, published: false };
    const request = {
      runId,
      period: null,
      periodStart: period.startDate,
      periodEnd: period.endDate,
      shopIds: shopIds === null ? null : [...new Set(shopIds)],
      dryRun,
      force,
      trigger,
      requestedAt: now,
    };
    await log.publish([
      codec.encode('run-requests', period.startDate.slice(0, 7), 'BillingRunRequested', request, {
        id: eventId,
        correlationId: runId,
        causationId: trigger.deliveryId,
        time: now,
      }),
    ]);
    return { runId, period, dryRun, published: true };
  };
}

function periodOf(...[asked, rules]: Parameters<typeof resolvePeriod>): ReturnType<typeof resolvePeriod> {
  try {
    return resolvePeriod(asked, rules);
  } catch (error) {
    if (error instanceof RuleError) throw new BillingError(error.code, error.message, { cause: error });
    throw error;
  }
}

function checkShopIds(shopIds: readonly string[] | null): void {
  if (shopIds === null) return;
  if (shopIds.length === 0)
    throw new BillingError('USAGE', 'No shop is named: name at least one, or leave them out to bill all.');
  if (shopIds.length > MAX_SHOP_IDS) {
    throw new BillingError(
      'USAGE',
      `${shopIds.length} shops are named, at most ${MAX_SHOP_IDS} can be: leave them out to bill all.`,
    );
  }
  // Postgres text cannot hold NUL, and no real id has control characters.
  // eslint-disable-next-line no-control-regex
  if (shopIds.some((shopId) => shopId === '' || shopId.length > 256 || /[\u0000-\u001f\u007f]/.test(shopId))) {
    throw new BillingError('USAGE', 'A shop id must have 1 to 256 characters, none of them a control character.');
  }
}
