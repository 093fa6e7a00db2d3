/** When people buy and browse. */
import type { SeededRandom } from './seeded-random.ts';

/** How much is sold on a day from Sunday to Saturday, and in an hour from 0 to 23; 1 at the most. */
const WEEKDAYS = [0.9, 0.8, 0.75, 0.75, 0.8, 0.95, 1];
const HOURS = [
  0.2, 0.1, 0.06, 0.05, 0.05, 0.08, 0.15, 0.3, 0.45, 0.55, 0.65, 0.7, 0.75, 0.7, 0.65, 0.65, 0.7, 0.75, 0.85, 0.95, 1,
  0.95, 0.7, 0.4,
];

/** About so many moments in [start, end), ascending: few at night, most on a Saturday evening. */
export function moments(random: SeededRandom, start: number, end: number, expected: number): number[] {
  const count = Math.floor(expected) + (random.chance(expected % 1) ? 1 : 0);
  const times: number[] = [];
  while (times.length < count) {
    const time = Math.floor(start + random.next() * (end - start));
    const date = new Date(time);
    if (random.chance(WEEKDAYS[date.getUTCDay()]! * HOURS[date.getUTCHours()]!)) times.push(time);
  }
  return times.sort((a, b) => a - b);
}
