/**
 * Fingerprints of facts that are only summed: cheap enough to be taken beside the sums in SQL, the same on every server
 * and version. For each fact the product of a number made of its place and one made of its content, both below
 * P = 2^31 - 1 and both from 1; a window's fingerprint is the exact sum of them, so order does not matter. Every
 * remainder has the sign of its dividend, in SQL as here. It notices what goes wrong; it is no proof against somebody
 * who may write the ledger and works on it: for them the log is compared ("billing verify").
 */

const P = 2_147_483_647n;

export interface PurchasePrint {
  readonly partition: number;
  readonly offset: bigint;
  readonly occurredAt: number;
  readonly orderTotalMinor: bigint;
  readonly attributedMinor: bigint;
  /** By channel, ascending; the first four count here, the others in the sums. */
  readonly amountsMinor: readonly bigint[];
}

const AMOUNT_FACTORS = [11n, 13n, 17n, 19n];

export function purchasePrint({ occurredAt, orderTotalMinor, attributedMinor, ...rest }: PurchasePrint): bigint {
  const amounts = AMOUNT_FACTORS.map((factor, at) => ((rest.amountsMinor[at] ?? 0n) % P) * factor);
  const content =
    (BigInt(occurredAt) % P) * 3n +
    (orderTotalMinor % P) * 5n +
    (attributedMinor % P) * 7n +
    amounts.reduce((sum, amount) => sum + amount, 0n);
  return (placeOf(rest) + 1n) * ((content % P) + 1n);
}

export function interactionPrint({
  occurredAt,
  ...place
}: Pick<PurchasePrint, 'partition' | 'offset' | 'occurredAt'>): bigint {
  return (placeOf(place) + 1n) * ((BigInt(occurredAt) % P) + 1n);
}

const placeOf = ({ partition, offset }: Pick<PurchasePrint, 'partition' | 'offset'>): bigint =>
  ((offset % P) * 31n + BigInt(partition)) % P;

const PLACE_SQL = (alias: string) => `((${alias}.log_offset % ${P}) * 31 + ${alias}.log_partition) % ${P} + 1`;

/** SQL: the sum of `purchasePrint` over rows of `alias`. */
export const purchasePrintSql = (alias: string): string => {
  const amounts = AMOUNT_FACTORS.map(
    (factor, at) => `coalesce(${alias}.amounts_minor[${at + 1}], 0) % ${P} * ${factor}`,
  );
  const content = [
    `${alias}.occurred_at_ms % ${P} * 3`,
    `${alias}.order_total_minor % ${P} * 5`,
    `${alias}.attributed_minor % ${P} * 7`,
    ...amounts,
  ];
  return `sum((${PLACE_SQL(alias)}) * ((${content.join(' + ')}) % ${P} + 1))`;
};

/** SQL: the sum of `interactionPrint` over rows of `alias`. */
export const interactionPrintSql = (alias: string): string =>
  `sum((${PLACE_SQL(alias)}) * (${alias}.occurred_at_ms % ${P} + 1))`;
