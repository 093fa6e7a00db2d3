/** How a fraud check says what it saw. A check may have parts: it triggers when any of them does. */
import type { FraudCheck } from './events.ts';

export const FRAUD_CHECK_CODES = [
  'excessive_interactions',
  'rapid_fire_clicks',
  'unusual_conversion_rate',
  'suspicious_revenue_pattern',
  'bot_traffic',
  'click_farm',
  'revenue_manipulation',
] as const;
export type FraudCheckCode = (typeof FRAUD_CHECK_CODES)[number];

/** A few ids say where to look; all of a flood would fill the bill. */
export const MAX_EVIDENCE = 10;

export interface CheckPart {
  readonly state: 'clear' | 'triggered' | 'not_evaluated';
  /** Null when it was not evaluated. */
  readonly observed: string | null;
  readonly threshold: string;
  /** Ids that show it, the most telling first; empty unless triggered. */
  readonly evidence: readonly string[];
}

/** A part that was evaluated. @param evidence only looked for when it triggered */
export function partOf({
  triggered,
  observed,
  threshold,
  evidence,
}: {
  readonly triggered: boolean;
  readonly observed: string;
  readonly threshold: string;
  readonly evidence: () => readonly string[];
}): CheckPart {
  return {
    state: triggered ? 'triggered' : 'clear',
    observed,
    threshold,
    evidence: triggered ? evidence().slice(0, MAX_EVIDENCE) : [],
  };
}

/** Without a quote to USD there is no limit to hold anything against. */
export function notEvaluated(threshold: string): CheckPart {
  return { state: 'not_evaluated', observed: null, threshold, evidence: [] };
}

/** The parts together: triggered outweighs not evaluated, and that outweighs clear. */
export function checkOf(code: FraudCheckCode, parts: readonly CheckPart[]): FraudCheck {
  const states = parts.map(({ state }) => state);
  const observed = parts.flatMap((part) => part.observed ?? []);
  return {
    code,
    state: states.includes('triggered') ? 'triggered' : states.includes('not_evaluated') ? 'not_evaluated' : 'clear',
    observed: observed.length === 0 ? null : observed.join('; '),
    threshold: thresholdOf(parts),
    evidence: [...new Set(parts.flatMap(({ evidence }) => evidence))].slice(0, MAX_EVIDENCE),
  };
}

/** The shop never sent an interaction, and the check needs them. */
export function notApplicable(code: FraudCheckCode, parts: readonly Pick<CheckPart, 'threshold'>[]): FraudCheck {
  return { code, state: 'not_applicable', observed: null, threshold: thresholdOf(parts), evidence: [] };
}

const thresholdOf = (parts: readonly Pick<CheckPart, 'threshold'>[]): string =>
  parts.map(({ threshold }) => threshold).join('; ');
