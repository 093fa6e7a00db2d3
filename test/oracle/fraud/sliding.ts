/**
 * DOMAIN "Fraud": "Windows slide inside the period: the events in (t − window, t] for every event time t." Naively: for
 * each event all events are looked at.
 */
export const SECOND_MS = 1_000;
export const MINUTE_MS = 60 * SECOND_MS;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

interface Event {
  readonly at: number;
}

/** The events of each window. */
export function windows<T extends Event>(events: readonly T[], lengthMs: number): T[][] {
  const times = new Set(events.map(({ at }) => at));
  return [...times].map((t) => events.filter(({ at }) => at > t - lengthMs && at <= t));
}

export const fullest = (events: readonly Event[], lengthMs: number): number =>
  windows(events, lengthMs).reduce((most, window) => Math.max(most, window.length), 0);

/** Events by a property of theirs, without those that do not have it. */
export function groupedBy<T>(events: readonly T[], property: (event: T) => string | null): T[][] {
  const groups = new Map<string, T[]>();
  for (const event of events) {
    const value = property(event);
    if (value !== null) groups.set(value, [...(groups.get(value) ?? []), event]);
  }
  return [...groups.values()];
}
