/** Traffic that no person makes: floods of one IP address, sessions shorter than a second, self-declared bots. */
import { compareBytes } from './byte-order.ts';
import { MAX_EVIDENCE, partOf, type CheckPart } from './fraud-check.ts';
import type { FraudLimits } from './fraud-limits.ts';
import type { InteractionSignal, InteractionSums } from './fraud-signals.ts';
import { interactionsOfOneIp, type ReadInteractions } from './fraud-traffic.ts';
import { SECOND_MS } from './sliding-window.ts';

const MIN_SESSIONS = 20;
const MAX_SHORT_PERCENT = 80;
const MIN_INTERACTIONS = 50;
const MAX_BOT_PERCENT = 50;

export function botTraffic(limits: FraudLimits, sums: InteractionSums, read: ReadInteractions): CheckPart[] {
  return [interactionsOfOneIp(limits, sums, read), shortSessions(sums, read), selfDeclaredBots(sums, read)];
}

/** Whether sums alone already trigger a share, so that interactions are wanted for its evidence. */
export function hasBotShare(sums: InteractionSums): boolean {
  return areSessionsShort(sums) || areBots(sums);
}

const areSessionsShort = ({ shortSessions, longerSessions }: InteractionSums) =>
  longerSessions >= MIN_SESSIONS && shortSessions * 100 > longerSessions * MAX_SHORT_PERCENT;

const areBots = ({ botInteractions, interactions }: InteractionSums) =>
  interactions >= MIN_INTERACTIONS && botInteractions * 100 > interactions * MAX_BOT_PERCENT;

function shortSessions(sums: InteractionSums, read: ReadInteractions): CheckPart {
  return partOf({
    triggered: areSessionsShort(sums),
    observed: `${sums.shortSessions} of ${sums.longerSessions} sessions under 1 s`,
    threshold: `${MAX_SHORT_PERCENT} % from ${MIN_SESSIONS} sessions of two or more interactions`,
    evidence: () => idsOfShortSessions(read()),
  });
}

function selfDeclaredBots(sums: InteractionSums, read: ReadInteractions): CheckPart {
  return partOf({
    triggered: areBots(sums),
    observed: `${sums.botInteractions} of ${sums.interactions} interactions of bots`,
    threshold: `${MAX_BOT_PERCENT} % from ${MIN_INTERACTIONS} interactions`,
    evidence: () =>
      read()
        .filter(({ isBot }) => isBot)
        .slice(0, MAX_EVIDENCE)
        .map(({ interactionId }) => interactionId),
  });
}

/** Ascending by id, as bytes. */
function idsOfShortSessions(interactions: readonly InteractionSignal[]): string[] {
  const sessions = new Map<string, { count: number; first: number; last: number }>();
  for (const { sessionId, occurredAt } of interactions) {
    if (sessionId === null) continue;
    const { count, first } = sessions.get(sessionId) ?? { count: 0, first: occurredAt };
    sessions.set(sessionId, { count: count + 1, first, last: occurredAt });
  }
  return [...sessions]
    .filter(([, { count, first, last }]) => count >= 2 && last - first < SECOND_MS)
    .map(([id]) => id)
    .sort(compareBytes);
}
