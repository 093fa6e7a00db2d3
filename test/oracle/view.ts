/** What one calculation for one shop can see. */
import { createDayOf, type Day } from './calendar.ts';
import type { Interaction, Order, PlanVersion, Quote, Refund, Registration } from './facts.ts';
import { seenBy, type Cut, type ToldFacts } from './told.ts';

export interface View {
  readonly registrations: readonly Registration[];
  readonly plans: readonly PlanVersion[];
  readonly orders: readonly Order[];
  readonly refunds: readonly Refund[];
  readonly interactions: readonly Interaction[];
  /** Lists of quotes, to be asked one after the other until one has what is needed. */
  readonly quotes: readonly (readonly Quote[])[];
  readonly dayOf: (instant: number) => Day;
}

/** Through which cuts the kinds of facts are seen: a bill sees all through its own, a late adjustment does not. */
export interface Sight {
  readonly plans: Cut;
  readonly usage: readonly Cut[];
  readonly quotes: readonly Cut[];
}

export const throughOne = (cut: Cut): Sight => ({ plans: cut, usage: [cut], quotes: [cut] });

export function createViews(told: ToldFacts, timeZone: string) {
  const dayOf = createDayOf(timeZone);
  const byShop = new Map<string, ToldFacts>();
  return (shopId: string, sight: Sight): View => {
    const own = byShop.get(shopId) ?? ofShop(told, shopId);
    byShop.set(shopId, own);
    return {
      registrations: seenBy(own.registrations, [sight.plans]),
      plans: seenBy(own.plans, [sight.plans]),
      orders: seenBy(own.orders, sight.usage),
      refunds: seenBy(own.refunds, sight.usage),
      interactions: seenBy(own.interactions, sight.usage),
      quotes: sight.quotes.map((cut) => seenBy(own.quotes, [cut])),
      dayOf,
    };
  };
}

function ofShop(told: ToldFacts, shopId: string): ToldFacts {
  const only = <T extends { readonly fact: { readonly shopId: string } }>(facts: readonly T[]) =>
    facts.filter(({ fact }) => fact.shopId === shopId);
  return {
    ...told,
    registrations: only(told.registrations),
    plans: only(told.plans),
    orders: only(told.orders),
    refunds: only(told.refunds),
    interactions: only(told.interactions),
  };
}
