/** Facts of a shop as a bill saw them: within its pins, of each id the first that the log took. */
import type { FactByType } from '../domain/facts.ts';
import type { Pin } from '../domain/log-position.ts';
import { idOf, isBelow } from './check-facts.ts';
import type { Logged, LoggedQuote, ShopOnLog } from './read-log.ts';

export interface FactsSeen {
  /** In the order they were recorded. */
  readonly plans: readonly (FactByType['PlanAssigned'] & { readonly place: string })[];
  readonly orders: readonly OrderSeen[];
  readonly refunds: readonly FactByType['PurchaseRefunded'][];
  readonly interactions: readonly FactByType['InteractionRecorded'][];
  /** Clicks and add-to-carts by product: what attribution looks for. */
  readonly touches: ReadonlyMap<string | null, readonly FactByType['InteractionRecorded'][]>;
  /** By pair, `EUR USD`, the newest `asOf` first. */
  readonly quotes: ReadonlyMap<string, readonly FactByType['FxRateQuoted'][]>;
}

export type OrderSeen =
  | { readonly raw: false; readonly data: FactByType['PurchaseAttributed'] }
  | { readonly raw: true; readonly data: FactByType['OrderPlaced'] };

export function factsSeen({ facts }: ShopOnLog, quotes: readonly LoggedQuote[], pins: readonly Pin[]): FactsSeen {
  const seen = firstOfEach([...facts].filter(({ record }) => isBelow(pins, record)));
  const rates = firstOfEach(quotes.filter(({ record }) => isBelow(pins, record))).map(({ message }) => message.data);
  const interactions = seen.flatMap(({ message }) => (message.type === 'InteractionRecorded' ? [message.data] : []));
  const touches = interactions.filter(({ interactionType }) => /^(click|add_to_cart)$/.test(interactionType));
  return {
    plans: seen.flatMap(({ message, record: { topic, partition, offset } }) =>
      message.type === 'PlanAssigned' ? [{ ...message.data, place: `${topic}/${partition}/${offset}` }] : [],
    ),
    orders: seen.flatMap(({ message }): OrderSeen[] => {
      if (message.type === 'PurchaseAttributed') return [{ raw: false, data: message.data }];
      return message.type === 'OrderPlaced' ? [{ raw: true, data: message.data }] : [];
    }),
    refunds: seen.flatMap(({ message }) => (message.type === 'PurchaseRefunded' ? [message.data] : [])),
    interactions,
    touches: Map.groupBy(touches, ({ productId }) => productId),
    quotes: Map.groupBy(
      rates.sort((a, b) => (a.asOf < b.asOf ? 1 : -1)),
      ({ base, quote }) => `${base} ${quote}`,
    ),
  };
}

function firstOfEach<T extends Logged<Parameters<typeof idOf>[0]>>(facts: readonly T[]): T[] {
  const recorded = facts.toSorted(
    (a, b) =>
      a.record.timestamp - b.record.timestamp ||
      a.record.partition - b.record.partition ||
      Number(a.record.offset - b.record.offset),
  );
  const known = new Set<string>();
  return recorded.filter(({ message }) => {
    const id = idOf(message);
    if (id === null) return true;
    const isFirst = !known.has(id);
    known.add(id);
    return isFirst;
  });
}
