/**
 * One shop's outcome in a form that the oracle and the product can both be brought into, so that two of them can be
 * compared line by line. Amounts are minor units as text.
 */
import type { FraudLevel } from '../fraud/assess.ts';

/** Numbers by what they are called: `{ total: '1234' }`, `{ 'fee of channel venus': '12' }`. */
export type Shown = Readonly<Record<string, string>>;

export interface ShownOutcome {
  readonly outcome: string;
  readonly reason: string | null;
  readonly numbers: Shown;
  readonly fraudLevel: FraudLevel | null;
}

/** A list of things as one text, in an order that does not depend on who made it. */
export const listed = (things: readonly string[]): string => [...things].sort().join(', ') || 'none';

/** What differs, as text: `total: oracle 12, product 13`. */
export function differencesOf(oracle: ShownOutcome | undefined, product: ShownOutcome | undefined): string[] {
  if (oracle === undefined || product === undefined)
    return [`outcome: oracle ${oracle?.outcome ?? 'none'}, product ${product?.outcome ?? 'none'}`];
  const names = new Set([...Object.keys(oracle.numbers), ...Object.keys(product.numbers)]);
  const pairs: [string, string, string][] = [
    ['outcome', shownOutcome(oracle), shownOutcome(product)],
    ...[...names].map((name): [string, string, string] => [
      name,
      oracle.numbers[name] ?? 'nothing',
      product.numbers[name] ?? 'nothing',
    ]),
  ];
  return pairs.filter(([, a, b]) => a !== b).map(([name, a, b]) => `${name}: oracle ${a}, product ${b}`);
}

const shownOutcome = ({ outcome, reason }: ShownOutcome) => (reason === null ? outcome : `${outcome} (${reason})`);
