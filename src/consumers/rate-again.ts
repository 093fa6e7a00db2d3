/** Past months of many shops rated at other pins than their bills were: everything fees depend on, and nothing else. */
import type { Ledger } from '../adapters/ledger.ts';
import { examineShop } from '../domain/eligibility.ts';
import type { Period } from '../domain/events.ts';
import { positionText, type Pin } from '../domain/log-position.ts';
import { ratePeriod, type RatedPeriod } from '../domain/rate-period.ts';
import { loadOrderFacts } from './load-order-facts.ts';
import { lookAtShops, sumShops } from './load-shop-sums.ts';

/** A month of a shop, at these pins. */
export interface RatedAt {
  readonly shopId: string;
  readonly period: Period;
  readonly pins: readonly Pin[];
  /** Where to look for quotes, one after the other, when those within `pins` do not do. */
  readonly laterQuotes: readonly (readonly Pin[])[];
}

/** Null: the shop would not be billed. */
export type RatedAgain = { readonly rated: RatedPeriod | null } | { readonly error: unknown };

/** Aligned with `asked`. Months at the same pins, nearly always those of one run, are read together. */
export async function rateAgain(ledger: Ledger, asked: readonly RatedAt[]): Promise<RatedAgain[]> {
  const found: RatedAgain[] = [];
  const indexed = asked.map((one, index) => ({ one, index }));
  for (const group of Map.groupBy(indexed, ({ one }) => groupName(one)).values()) {
    const { period, pins, laterQuotes } = group[0]!.one;
    const reading = { ledger, period, pins };
    const shopIds = group.map(({ one }) => one.shopId);
    const looks = await lookAtShops(reading, shopIds);
    const sums = await sumShops(reading, looks);
    const orders = await loadOrderFacts({ ledger, timeZone: period.timeZone, pins, laterQuotes }, sums);
    for (const [at, { index }] of group.entries()) {
      const look = looks[at]!;
      if ('error' in look) {
        found[index] = look;
        continue;
      }
      const { usage, refunds } = sums[at]!;
      found[index] = rate(() => {
        const examined = examineShop(look.shop, period);
        return examined.kind === 'skip' ? null : ratePeriod({ usage, refunds, orders: orders[at]! }, examined, period);
      });
    }
  }
  return found;
}

function rate(work: () => RatedPeriod | null): RatedAgain {
  try {
    return { rated: work() };
  } catch (error) {
    return { error };
  }
}

const groupName = ({ period, pins, laterQuotes }: RatedAt): string =>
  [period.startDate, period.timeZone, ...[pins, ...laterQuotes].map((each) => each.map(positionText).join(' '))].join(
    '\n',
  );
