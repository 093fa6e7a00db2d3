/**
 * DOMAIN: "one IP above 100 interactions in an hour; or, of at least 20 sessions with two or more interactions, over 80 %
 * shorter than 1 s; or, of at least 50 interactions, over half from self-declared bots (as the isbot library tells)".
 */
import { fraction } from '../fraction.ts';
import { atMost, judged, type Check, type Measure, type Signals } from './check.ts';
import { fullest, groupedBy, HOUR_MS, SECOND_MS } from './sliding.ts';

export function botTraffic(signals: Signals): Check {
  return judged('bot_traffic', [ofOneAddress(signals), ...ofShortSessions(signals), ...ofBots(signals)]);
}

function ofOneAddress({ interactions, profile }: Signals): Measure {
  const most = groupedBy(interactions, ({ ipAddress }) => ipAddress).map((address) => fullest(address, HOUR_MS));
  return atMost('interactions of an IP in an hour', Math.max(0, ...most), profile.maxInteractionsPerIpHour);
}

function ofShortSessions({ interactions }: Signals): Measure[] {
  const sessions = groupedBy(interactions, ({ sessionId }) => sessionId).filter((session) => session.length >= 2);
  if (sessions.length < 20) return [];
  const short = sessions.filter((session) => {
    const times = session.map(({ at }) => at);
    return Math.max(...times) - Math.min(...times) < SECOND_MS;
  });
  return [atMost('sessions shorter than a second', fraction(short.length, sessions.length), fraction(8, 10))];
}

function ofBots({ interactions, isBot }: Signals): Measure[] {
  if (interactions.length < 50) return [];
  const bots = interactions.filter(({ userAgent }) => userAgent !== null && isBot(userAgent));
  return [atMost('interactions of self-declared bots', fraction(bots.length, interactions.length), fraction(1, 2))];
}
