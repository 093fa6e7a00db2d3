/** DOMAIN: "more than 50 sessions of one IP in an hour". */
import { atMost, judged, type Check, type Signals } from './check.ts';
import { groupedBy, HOUR_MS, windows } from './sliding.ts';

export function clickFarm({ interactions, profile }: Signals): Check {
  const ofSessions = interactions.filter(({ sessionId }) => sessionId !== null);
  const most = groupedBy(ofSessions, ({ ipAddress }) => ipAddress)
    .flatMap((address) => windows(address, HOUR_MS))
    .map((window) => new Set(window.map(({ sessionId }) => sessionId)).size);
  return judged('click_farm', [
    atMost(
      'sessions of an IP in an hour',
      most.reduce((a, b) => Math.max(a, b), 0),
      profile.maxSessionsPerIpHour,
    ),
  ]);
}
