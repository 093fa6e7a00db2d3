/** Sessions shorter than a second, and self-declared bots: shares of the period's traffic. */
import { partOf, type CheckPart } from './fraud-check.ts';
import type { InteractionSums } from './fraud-signals.ts';

const MIN_SESSIONS = 20;
const MAX_SHORT_PERCENT = 80;
const MIN_INTERACTIONS = 50;
const MAX_BOT_PERCENT = 50;

/** The evidence is sessions. */
export function shortSessions({ shortSessions: short, longerSessions, shortSessionIds }: InteractionSums): CheckPart {
  return partOf({
    triggered: longerSessions >= MIN_SESSIONS && short * 100 > longerSessions * MAX_SHORT_PERCENT,
    observed: `${short} of ${longerSessions} sessions under 1 s`,
    threshold: `${MAX_SHORT_PERCENT} % of at least ${MIN_SESSIONS} sessions`,
    evidence: () => shortSessionIds,
  });
}

/** The evidence is user agents. */
export function selfDeclaredBots({ botInteractions, interactions, botAgents }: InteractionSums): CheckPart {
  return partOf({
    triggered: interactions >= MIN_INTERACTIONS && botInteractions * 100 > interactions * MAX_BOT_PERCENT,
    observed: `${botInteractions} of ${interactions} interactions by bots`,
    threshold: `${MAX_BOT_PERCENT} % of at least ${MIN_INTERACTIONS} interactions`,
    evidence: () => botAgents,
  });
}
