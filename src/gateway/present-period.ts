/** A billing period as the outside sees it: inclusive dates in the billing time zone. */
import type { Period } from '../domain/events.ts';

export interface PeriodJson {
  readonly start_date: string;
  readonly end_date: string;
}

export function presentPeriod({ startDate, endDate }: Period): PeriodJson {
  return { start_date: startDate, end_date: endDate };
}
