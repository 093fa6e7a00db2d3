/** Windows that slide over events: for every event time t the events in (t − window, t] (DOMAIN "Fraud"). */

export const SECOND_MS = 1_000;
export const MINUTE_MS = 60_000;
export const HOUR_MS = 3_600_000;

interface Timed {
  readonly occurredAt: number;
}

/** The events from index `from` to just before index `to`. */
export interface EventWindow {
  readonly from: number;
  readonly to: number;
}

/** One window per time at which anything happened. Both ends only ever move forward. @param events ascending by time */
export function* slidingWindows(events: readonly Timed[], windowMs: number): Iterable<EventWindow> {
  let from = 0;
  for (let to = 1; to <= events.length; to++) {
    const time = events[to - 1]!.occurredAt;
    // What happened at the same time stands in the same window.
    if (events[to]?.occurredAt === time) continue;
    while (events[from]!.occurredAt <= time - windowMs) from++;
    yield { from, to };
  }
}

/** The first window with most events. */
export function fullestWindow(events: readonly Timed[], windowMs: number): EventWindow {
  let fullest: EventWindow = { from: 0, to: 0 };
  for (const window of slidingWindows(events, windowMs)) {
    if (window.to - window.from > fullest.to - fullest.from) fullest = window;
  }
  return fullest;
}

/** The first window with the largest sum, and that sum. @param amountOf never negative */
export function heaviestWindow<T extends Timed>(
  events: readonly T[],
  windowMs: number,
  amountOf: (event: T) => bigint,
): EventWindow & { readonly sum: bigint } {
  let heaviest = { from: 0, to: 0, sum: 0n };
  let sum = 0n;
  let [first, next] = [0, 0];
  for (const { from, to } of slidingWindows(events, windowMs)) {
    while (next < to) sum += amountOf(events[next++]!);
    while (first < from) sum -= amountOf(events[first++]!);
    if (sum > heaviest.sum) heaviest = { from, to, sum };
  }
  return heaviest;
}

/** The largest number of different keys in one window. */
export function mostKeys<T extends Timed>(events: readonly T[], windowMs: number, keyOf: (event: T) => string): number {
  let most = 0;
  const counts = new Map<string, number>();
  let [first, next] = [0, 0];
  for (const { from, to } of slidingWindows(events, windowMs)) {
    for (; next < to; next++) counts.set(keyOf(events[next]!), (counts.get(keyOf(events[next]!)) ?? 0) + 1);
    for (; first < from; first++) {
      const left = counts.get(keyOf(events[first]!))! - 1;
      if (left === 0) counts.delete(keyOf(events[first]!));
      else counts.set(keyOf(events[first]!), left);
    }
    most = Math.max(most, counts.size);
  }
  return most;
}
