/** Of the user agents of some interactions, those that say they are bots. */
import type { InteractionSums } from '../domain/fraud-signals.ts';
import { compareIds } from './id-order.ts';
import { isSelfDeclaredBot } from './self-declared-bot.ts';

const MAX_AGENTS = 10;

export interface AgentCount {
  readonly userAgent: string | null;
  readonly interactions: number;
}

/** @param agents each once */
export function botTraffic(agents: readonly AgentCount[]): Pick<InteractionSums, 'botInteractions' | 'botAgents'> {
  const bots = agents.flatMap(({ userAgent, interactions }) =>
    userAgent !== null && isSelfDeclaredBot(userAgent) ? [{ userAgent, interactions }] : [],
  );
  return {
    botInteractions: bots.reduce((sum, { interactions }) => sum + interactions, 0),
    botAgents: bots
      .sort((a, b) => b.interactions - a.interactions || compareIds(a.userAgent, b.userAgent))
      .slice(0, MAX_AGENTS)
      .map(({ userAgent }) => userAgent),
  };
}
