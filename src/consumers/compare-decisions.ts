/** What a decision made again says otherwise, field by field, and what that comes from. Pure. */
import type { ShopBillCalculated, ShopEvent } from '../domain/events.ts';
import { positionText } from '../domain/log-position.ts';

/** A value of an event that is not the same on both sides; undefined where one side has none. */
export interface ChangedField {
  /** `ShopBillCalculated.segments.0.feeMinor`. */
  readonly path: string;
  readonly decided: unknown;
  readonly recomputed: unknown;
}

/**
 * rules_version: another program made the decision · program: the same version over the same inputs says otherwise ·
 * inputs: the ledger is not what it was, or the register's bytes are not · plan, quote, late_facts: what came since.
 */
export type DifferenceCause = 'rules_version' | 'program' | 'inputs' | 'plan' | 'quote' | 'late_facts';

/** Fields that are not compared: they name the inputs and say nothing about what is owed. */
const NAMES_OF_INPUTS = new Set(['inputsDigest']);

/** Leaves of all events of a decision that differ, in the order of the events. */
export function changedFields(decided: readonly ShopEvent[], recomputed: readonly ShopEvent[]): ChangedField[] {
  const types = new Set([...decided, ...recomputed].map(({ type }) => type));
  const dataOf = (events: readonly ShopEvent[], type: string) => events.find((event) => event.type === type)?.data;
  return [...types].flatMap((type) => [...changes(type, dataOf(decided, type), dataOf(recomputed, type))]);
}

function* changes(path: string, decided: unknown, recomputed: unknown): Iterable<ChangedField> {
  if (Object.is(decided, recomputed)) return;
  if (!isObject(decided) || !isObject(recomputed)) {
    yield { path, decided, recomputed };
    return;
  }
  for (const name of new Set([...Object.keys(decided), ...Object.keys(recomputed)])) {
    if (!NAMES_OF_INPUTS.has(name)) yield* changes(`${path}.${name}`, decided[name], recomputed[name]);
  }
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

/** Why a decision made again at its own pins says otherwise. */
export function causeAtStoredPins(decided: readonly ShopEvent[], recomputed: readonly ShopEvent[]): DifferenceCause {
  const [before, after] = [billOf(decided), billOf(recomputed)];
  if (before === null || after === null) return 'inputs';
  if (before.rulesVersion !== after.rulesVersion) return 'rules_version';
  return before.inputsDigest !== '' && before.inputsDigest === after.inputsDigest ? 'program' : 'inputs';
}

/** Why it says otherwise when it looks at the facts as they are now. @param atStored as of its own pins */
export function causeAtCurrentPins(atStored: readonly ShopEvent[], atCurrent: readonly ShopEvent[]): DifferenceCause {
  const [stored, current] = [billOf(atStored), billOf(atCurrent)];
  if (stored === null || current === null) return 'plan';
  if (plansOf(stored) !== plansOf(current)) return 'plan';
  return quotesOf(stored) === quotesOf(current) ? 'late_facts' : 'quote';
}

const billOf = (events: readonly ShopEvent[]): ShopBillCalculated | null =>
  events.find((event) => event.type === 'ShopBillCalculated')?.data ?? null;

const plansOf = ({ segments }: ShopBillCalculated): string =>
  segments.map(({ planFact, startDate, endDate }) => `${positionText(planFact)} ${startDate} ${endDate}`).join();

const quotesOf = ({ quotes }: ShopBillCalculated): string =>
  quotes
    .map(({ base, quote, asOf, rateUnscaled, rateScale }) => [base, quote, asOf, rateUnscaled, rateScale])
    .join(';');
