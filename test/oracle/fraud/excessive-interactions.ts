/** DOMAIN: "more than 1 000 interactions in an hour, or 10 000 in 24 h". */
import { atMost, judged, type Check, type Signals } from './check.ts';
import { DAY_MS, fullest, HOUR_MS } from './sliding.ts';

export function excessiveInteractions({ interactions, profile }: Signals): Check {
  return judged('excessive_interactions', [
    atMost('interactions in an hour', fullest(interactions, HOUR_MS), profile.maxInteractionsPerHour),
    atMost('interactions in 24 h', fullest(interactions, DAY_MS), profile.maxInteractionsPerDay),
  ]);
}
