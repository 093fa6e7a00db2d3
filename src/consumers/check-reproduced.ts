/**
 * The guard of adjustments: a past bill that today's program, at the pins of then, does not reproduce was made by other
 * rules, and a changed rule never recharges history (DOMAIN "Late facts").
 */
import type { Ledger } from '../adapters/ledger.ts';
import type { Logger } from '../adapters/logger.ts';
import { chargedBy, comparableText, isReproduced } from '../domain/adjustment.ts';
import type { ShopBillCalculated, ShopBillDiverged } from '../domain/events.ts';
import type { StandingBill } from '../domain/late-facts.ts';
import { RuleError } from '../domain/rule-error.ts';
import { RULES_VERSION } from '../domain/shop-bill.ts';
import { rateAgain } from './rate-again.ts';

/** Null where it is reproduced. @param now epoch milliseconds */
export async function checkReproduced(
  { ledger, logger }: { readonly ledger: Ledger; readonly logger: Logger },
  { period, pins }: StandingBill,
  bill: ShopBillCalculated,
  now: number,
): Promise<ShopBillDiverged | null> {
  const { runId, shopId, shopSequence, dryRun } = bill;
  const [again] = await rateAgain(ledger, [{ shopId, period, pins, laterQuotes: [] }]);
  if ('error' in again! && !(again.error instanceof RuleError)) throw again.error;
  const rated = 'error' in again! ? null : again!.rated;
  if (isReproduced(bill, rated)) return null;
  logger.error({ correlationId: runId, shopId }, 'a past bill is not reproduced at its own pins: it adjusts nothing');
  return {
    ...{ runId, shopId, shopSequence, dryRun, period: bill.period },
    decidedOutcome: bill.outcome,
    recomputedOutcome: 'error' in again! ? 'failed' : rated === null ? 'skipped' : bill.outcome,
    decided: comparableText(chargedBy(bill)),
    recomputed: rated && comparableText(chargedBy(rated)),
    rulesVersion: RULES_VERSION,
    detectedAt: now,
  };
}
