/** DOMAIN: "more than 50 clicks of one session in 60 s". */
import { atMost, judged, type Check, type Signals } from './check.ts';
import { fullest, groupedBy, MINUTE_MS } from './sliding.ts';

export function rapidFireClicks({ interactions, profile }: Signals): Check {
  const clicks = interactions.filter(({ kind }) => kind === 'click');
  const most = groupedBy(clicks, ({ sessionId }) => sessionId).map((session) => fullest(session, MINUTE_MS));
  return judged('rapid_fire_clicks', [
    atMost('clicks of a session in a minute', Math.max(0, ...most), profile.maxClicksPerSessionMinute),
  ]);
}
