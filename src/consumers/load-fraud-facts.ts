/**
 * What the fraud checks of a batch of shops look at: sums for all of them, and what is finer only of those that come
 * over a limit with what is coarser. Most shops cost their share of one statement.
 */
import type { Ledger } from '../adapters/ledger.ts';
import { usdQuoteOf } from '../domain/bill-fraud.ts';
import type { Period } from '../domain/events.ts';
import { fraudLimits, type FraudLimits } from '../domain/fraud-limits.ts';
import { needsPurchases } from '../domain/fraud-revenue.ts';
import { NO_FRAUD_FACTS, type FraudFacts, type ShopWindow, type WindowInteractions } from '../domain/fraud-signals.ts';
import { needsBusiestHours, needsInteractions } from '../domain/fraud-traffic.ts';
import { oldestQuoteDate } from '../domain/fx.ts';
import type { Pin } from '../domain/log-position.ts';
import type { FxQuote } from '../domain/order-facts.ts';
import type { PlanVersion } from '../domain/shop-facts.ts';
import type { SummedShop } from './load-order-facts.ts';

/** A shop that is billed, with the plan of its last segment; null: no bill is made for it. */
export type AssessedShop = { readonly shopId: string; readonly plan: PlanVersion } | null;

export interface FraudReading {
  readonly ledger: Pick<
    Ledger,
    'loadInteractionSums' | 'loadBusiestHours' | 'loadInteractions' | 'loadPurchases' | 'loadQuotes'
  >;
  readonly period: Period;
  readonly pins: readonly Pin[];
}

/** What is read of every shop, whatever was sold; aligned with the shops asked for. */
export type FraudSums = readonly (WindowInteractions & Pick<FraudFacts, 'usdQuote'>)[];

export async function loadFraudSums(reading: FraudReading, shops: readonly AssessedShop[]): Promise<FraudSums> {
  const { ledger, period, pins } = reading;
  const billed = shops.filter((shop) => shop !== null);
  const windows = billed.map(({ shopId }) => windowOf(shopId, period));
  const [sums, quotes] = await Promise.all([
    windows.length === 0 ? [] : ledger.loadInteractionSums({ windows, pins }),
    loadUsdQuotes(reading, billed),
  ]);
  const found = sums.map((one, index) => ({ ...one, usdQuote: usdQuoteOf(quotes, billed[index]!.plan, period) }));
  return aligned<FraudSums[number]>(shops, found, NO_FRAUD_FACTS);
}

/**
 * Reads closer where the sums call for it.
 *
 * @param sums of `shops`, as loadFraudSums gave them
 * @param sold aligned with `shops`
 */
export async function loadFraudFacts(
  { ledger, period, pins }: FraudReading,
  shops: readonly AssessedShop[],
  sums: FraudSums,
  sold: readonly SummedShop[],
): Promise<FraudFacts[]> {
  const limits = shops.map((shop, index) => shop && fraudLimits(shop.plan, sums[index]!.usdQuote));
  /** Reads of the shops of which `isWanted` only; null for the others. */
  const loadOf = async <T>(
    isWanted: (limits: FraudLimits, index: number) => boolean,
    load: (query: { windows: readonly ShopWindow[]; pins: readonly Pin[] }) => Promise<T[]>,
  ): Promise<(T | null)[]> => {
    const wanted = shops.map((shop, index) => (shop !== null && isWanted(limits[index]!, index) ? shop : null));
    const windows = wanted.flatMap((shop) => (shop === null ? [] : windowOf(shop.shopId, period)));
    return aligned<T | null>(wanted, windows.length === 0 ? [] : await load({ windows, pins }), null);
  };
  const loadTraffic = async () => {
    const busiest = await loadOf(
      (limit, index) => needsBusiestHours(limit, sums[index]!.sums),
      ledger.loadBusiestHours,
    );
    const interactions = await loadOf(
      (limit, index) => needsInteractions(limit, busiest[index]!),
      ledger.loadInteractions,
    );
    return { busiest, interactions };
  };
  const [{ busiest, interactions }, purchases] = await Promise.all([
    loadTraffic(),
    loadOf((limit, index) => wantsPurchases(limit, sums[index]!, sold[index]!, period), ledger.loadPurchases),
  ]);
  return sums.map((one, index) => ({
    ...one,
    busiest: busiest[index]!,
    interactions: interactions[index]!,
    purchases: purchases[index]!,
  }));
}

/** What raw and foreign orders brought is only known when the bill is made, so where there are any all are read. */
function wantsPurchases(
  limits: FraudLimits,
  { everInteracted }: WindowInteractions,
  { currency, windows, usage }: SummedShop,
  period: Period,
): boolean {
  const ofPeriod = usage.filter((_, index) => windows[index]!.start >= period.start);
  const currencies = ofPeriod.flatMap((window) => window.currencies);
  const isUnrated = ofPeriod.some(({ rawOrders }) => rawOrders > 0);
  if (isUnrated || currencies.some((one) => one.currency !== currency && one.attributedMinor > 0n)) return true;
  const attributedMinor = currencies
    .filter((one) => one.currency === currency)
    .reduce((sum, one) => sum + one.attributedMinor, 0n);
  return needsPurchases(limits, { attributedMinor, everInteracted });
}

/** One pair for each currency of the plans, over the days of which a quote still counts at the period's end. */
async function loadUsdQuotes(
  { ledger, period, pins }: FraudReading,
  shops: readonly { readonly plan: PlanVersion }[],
): Promise<FxQuote[]> {
  const currencies = new Set(shops.map(({ plan }) => plan.currency));
  currencies.delete('USD');
  if (currencies.size === 0) return [];
  const dates = { fromDate: oldestQuoteDate(period.endDate), toDate: period.endDate };
  const quotes = [...currencies].map((base) => ({ base, quote: 'USD', ...dates }));
  return (await ledger.loadQuotes({ quotes, pins })).flat();
}

const windowOf = (shopId: string, { start, end }: Period): ShopWindow => ({ shopId, start, end });

/** What was found for those asked for, in their places; `none` for the others. */
function aligned<T>(asked: readonly (object | null)[], found: readonly T[], none: T): T[] {
  let next = 0;
  return asked.map((one) => (one === null ? none : found[next++]!));
}
